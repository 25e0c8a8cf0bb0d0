import type { FileHandle } from 'node:fs/promises'

/**
 * Waits until what was written to a file lies on the disk. Node's permission model (`--permission`) lets nobody do that, wherever
 * the file is: then it is left to the system.
 */
export async function flush(file: FileHandle): Promise<void> {
  await file.sync().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_ACCESS_DENIED') throw error
  })
}
