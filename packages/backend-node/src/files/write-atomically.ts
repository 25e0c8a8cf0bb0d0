import { randomBytes } from 'node:crypto'
import { chmod, open, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ifThere } from '../store/disk-problem.ts'
import { flush } from './flush.ts'
import { replaceFile } from './replace-file.ts'

/**
 * Writes a whole file or nothing: to a hidden temporary name beside it, flushed, then renamed. A file that is replaced keeps its
 * permissions; a link stays one, and what it leads to is replaced, or made.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const found = await ifThere(stat(path))
  // A pipe takes what comes; to rename would put a file in its place.
  if (found && !found.isFile()) return writeFile(path, bytes)
  const place = found ? await realpath(path) : await endOfLinks(path)
  // Not made from the file's own name, which may be as long as names can be.
  const temporary = join(dirname(place), `.${randomBytes(6).toString('hex')}.part`)
  try {
    const file = await open(temporary, 'wx')
    try {
      // By its path: the permission model refuses it to an open file. Only where they differ: some disks that give all files the
      // same permissions refuse to set any.
      if (found && found.mode !== (await stat(temporary)).mode) await chmod(temporary, found.mode)
      await file.writeFile(bytes)
      await flush(file)
    } finally {
      await file.close()
    }
    await replaceFile(temporary, place)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Where a path leads that nothing is at yet. A circle of links does not come here: `stat` refuses it. */
async function endOfLinks(path: string): Promise<string> {
  const target = await readlink(path).catch(() => undefined)
  return target === undefined ? path : endOfLinks(resolve(await realpath(dirname(path)), target))
}
