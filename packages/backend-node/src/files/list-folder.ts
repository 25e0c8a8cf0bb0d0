import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** An entry of a folder. */
export interface FolderEntry {
  /** Within the folder, with `/` between its parts. */
  readonly path: string
  readonly isLink: boolean
}

/**
 * What is in a folder and in the folders below, but for folders themselves. Links are entries and are not followed, since they
 * could lead in a circle; `readdir` with `recursive` follows them in some versions of Node and not in others.
 */
export async function listFolder(folder: string, path = ''): Promise<readonly FolderEntry[]> {
  const entries = await readdir(join(folder, path), { withFileTypes: true })
  const found = entries.map(async (entry: Dirent): Promise<readonly FolderEntry[]> => {
    const below = path === '' ? entry.name : `${path}/${entry.name}`
    return entry.isDirectory() ? listFolder(folder, below) : [{ path: below, isLink: entry.isSymbolicLink() }]
  })
  return (await Promise.all(found)).flat()
}
