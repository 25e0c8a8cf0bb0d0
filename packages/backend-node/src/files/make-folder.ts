import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing. Unlike Node's own `recursive`, which tries for ever where a file
 * system takes no folders (Node 20, below /proc), it gives up with the system's error.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await makeOne(folder)
  }
}

/** Makes a folder, unless it is there. */
async function makeOne(folder: string): Promise<void> {
  await mkdir(folder).catch(async (error) => {
    // Not told by the code: for the root of a drive Windows says EPERM, not EEXIST.
    const isThere = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (!isThere) throw error
  })
}
