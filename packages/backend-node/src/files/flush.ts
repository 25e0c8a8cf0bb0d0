import { fsync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * Waits until what was written to a file lies on the disk. Node's permission model (`--permission`) lets nobody do that, wherever
 * the file is: then it is left to the system.
 */
export async function flush({ fd }: FileHandle): Promise<void> {
  // Not by the handle's own method, which Yarn's Plug'n'Play replaces by one that throws.
  await promisify(fsync)(fd).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_ACCESS_DENIED') throw error
  })
}
