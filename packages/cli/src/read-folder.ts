import { readdir, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { type OnProgress, PictureError } from '@latentkit/core'

/** What a folder holds, as sorted paths; hidden files and what its name says is no picture are not listed. */
export interface FolderContents {
  readonly folder: string
  readonly pictures: readonly string[]
  /** Pictures of kinds that cannot be read. */
  readonly unreadable: readonly string[]
  readonly folders: readonly string[]
  /** What is named like a picture and is no file: pipes, sockets, devices. */
  readonly special: readonly string[]
}

/** What is left out, as paths. */
export type LeftOut = Partial<Pick<FolderContents, 'unreadable' | 'folders' | 'special'>>

const pictureEndings = ['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.apng', '.webp', '.avif', '.tif', '.tiff', '.gif']
const unreadable = /\.(heic|heif|bmp|jxl|jp2|svg|psd|ico|dng|cr[23]|nef|arw|raf|orf|rw2|pef|srw)$/i

/** @throws PictureError if the folder cannot be read. */
export async function readFolder(folder: string): Promise<FolderContents> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: Error) => {
    throw new PictureError({ picture: folder, problem: `cannot be read (${cause.message})`, cause })
  })
  const visible = entries.filter(({ name }) => !name.startsWith('.'))
  const files = visible.filter((entry) => !entry.isDirectory())
  const paths = (list: typeof entries) => list.map(({ name }) => join(folder, name)).sort()
  const named = paths(files.filter(({ name }) => pictureEndings.includes(extname(name).toLowerCase())))
  const { pictures, special, folders } = await sortOut(named)
  return {
    folder,
    pictures,
    unreadable: paths(files.filter(({ name }) => unreadable.test(name))),
    folders: [...paths(visible.filter((entry) => entry.isDirectory())), ...folders].sort(),
    special,
  }
}

/** Tells files, and links to them, from what would be waited for in vain. What cannot be looked at is told when it is read. */
export async function sortOut(
  paths: readonly string[],
): Promise<Pick<FolderContents, 'pictures' | 'special' | 'folders'>> {
  const found = { pictures: [] as string[], special: [] as string[], folders: [] as string[] }
  for (const path of paths) {
    const status = await stat(path).catch(() => undefined)
    const kind = !status || status.isFile() ? 'pictures' : status.isDirectory() ? 'folders' : 'special'
    found[kind].push(path)
  }
  return found
}

/** Tells in one warning what is left out. Of the folder that results go to it is not told. */
export function tellLeftOut(contents: readonly LeftOut[], output?: string, onProgress?: OnProgress): void {
  const files = contents.flatMap(({ unreadable = [] }) => unreadable)
  const inner = contents.flatMap(({ folders = [] }) => folders)
  const folders = inner.filter((path) => output === undefined || resolve(path) !== resolve(output))
  const special = contents.flatMap(({ special = [] }) => special)
  const parts = [
    ...some(files, 'picture of a kind that cannot be read', 'pictures of kinds that cannot be read'),
    ...some(special, 'pipe, socket or device', 'pipes, sockets or devices'),
    ...some(folders, 'folder', 'folders'),
  ]
  if (parts.length === 0) return
  const why = folders.length > 0 ? ' Folders are not searched below.' : ''
  onProgress?.({
    type: 'warning',
    code: 'files_left_out',
    message: `Left out: ${parts.slice(0, -1).join(', ')}${parts.length > 1 ? ' and ' : ''}${parts.at(-1)}.${why}`,
  })
}

/** How many there are and which, in words; nothing of none. */
function some([example, ...others]: readonly string[], one: string, many: string): readonly string[] {
  if (example === undefined) return []
  return others.length === 0 ? [`1 ${one} (${example})`] : [`${others.length + 1} ${many} (${example}, …)`]
}

/** @throws PictureError for the first folder without pictures. */
export function assertPictures(contents: readonly FolderContents[]): void {
  const empty = contents.find(({ pictures }) => pictures.length === 0)
  if (!empty) return
  const hint = `Looked for ${pictureEndings.join(', ')}.`
  throw new PictureError({ picture: empty.folder, problem: 'holds no pictures', hint })
}
