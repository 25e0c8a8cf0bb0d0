import { readdir } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { type OnProgress, PictureError } from '@latentkit/core'

/** What a folder holds, as sorted paths; hidden files and what its name says is no picture are not listed. */
export interface FolderContents {
  readonly folder: string
  readonly pictures: readonly string[]
  /** Pictures of kinds that cannot be read. */
  readonly unreadable: readonly string[]
  readonly folders: readonly string[]
}

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
  return {
    folder,
    pictures: paths(files.filter(({ name }) => pictureEndings.includes(extname(name).toLowerCase()))),
    unreadable: paths(files.filter(({ name }) => unreadable.test(name))),
    folders: paths(visible.filter((entry) => entry.isDirectory())),
  }
}

/** Tells in one warning what is left out of folders. Of the folder that results go to it is not told. */
export function tellLeftOut(contents: readonly FolderContents[], output?: string, onProgress?: OnProgress): void {
  const files = contents.flatMap((content) => content.unreadable)
  const inner = contents.flatMap(({ folders }) => folders)
  const folders = inner.filter((path) => output === undefined || resolve(path) !== resolve(output))
  const parts = [
    ...some(files, 'picture of a kind that cannot be read', 'pictures of kinds that cannot be read'),
    ...some(folders, 'folder', 'folders'),
  ]
  if (parts.length === 0) return
  const why = folders.length > 0 ? ' Folders are not searched below.' : ''
  onProgress?.({ type: 'warning', code: 'files_left_out', message: `Left out: ${parts.join(' and ')}.${why}` })
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
