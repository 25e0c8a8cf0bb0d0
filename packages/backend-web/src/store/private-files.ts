/** The page's private file system (Origin Private File System), from a page or a worker. */
import type { FilePath } from './store-messages.ts'

/** Writing in place, which browsers allow in workers only. */
export interface SyncAccessHandle {
  read(bytes: Uint8Array, at: { readonly at: number }): number
  write(bytes: Uint8Array, at: { readonly at: number }): number
  truncate(size: number): void
  flush(): void
  close(): void
}

/** What TypeScript's library does not know of a file in the private file system. */
export interface PrivateFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>
  /** Replaces what is there. */
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>
}

async function rootFolder(): Promise<FileSystemDirectoryHandle> {
  // Pages that are not served securely have none; in a private window it may be there and refuse.
  const storage: StorageManager | undefined = navigator.storage
  if (!storage?.getDirectory) throw new DOMException('there is no private file system', 'NotSupportedError')
  return storage.getDirectory()
}

/** Opens a folder and makes it, and those above it, where they are missing. */
export async function makeFolder(path: FilePath): Promise<FileSystemDirectoryHandle> {
  let folder = await rootFolder()
  for (const name of path) folder = await folder.getDirectoryHandle(name, { create: true })
  return folder
}

/** Opens a folder; undefined if there is none. */
export async function findFolder(path: FilePath): Promise<FileSystemDirectoryHandle | undefined> {
  let folder: FileSystemDirectoryHandle | undefined = await rootFolder()
  for (const name of path) folder = folder && (await ifThere(folder.getDirectoryHandle(name)))
  return folder
}

/** A file as it is now; undefined if there is none. Nothing of it is in memory until it is read. */
export async function findFile(path: FilePath): Promise<File | undefined> {
  const folder = await findFolder(path.slice(0, -1))
  const handle = folder && (await ifThere(folder.getFileHandle(path.at(-1)!)))
  return handle && ifThere(handle.getFile())
}

/** The content of a small file; undefined if there is none. */
export async function readText(path: FilePath): Promise<string | undefined> {
  // Where there is no private file system there are no locks either, and this says so in words.
  await rootFolder()
  // A file that is replaced while it is read cannot be read to its end.
  return await navigator.locks.request(replacingLock(path), { mode: 'shared' }, async () =>
    (await findFile(path))?.text(),
  )
}

/** Moves a file to where another may be: one at a time, and not while that is read, also by other pages. */
export async function replaceFile(handle: PrivateFile, path: FilePath): Promise<void> {
  const folder = await makeFolder(path.slice(0, -1))
  await navigator.locks.request(replacingLock(path), () => handle.move(folder, path.at(-1)!))
}

const replacingLock = (path: FilePath): string => `latentkit file ${path.join('/')}`

/** The names in a folder, sorted; none if there is no such folder. */
export async function namesIn(path: FilePath): Promise<readonly string[]> {
  const names: string[] = []
  for await (const name of (await findFolder(path))?.keys() ?? []) names.push(name)
  return names.sort()
}

/** Removes a file, or a folder with all that is in it; does nothing if there is none. */
export async function removeEntry(path: FilePath): Promise<void> {
  const folder = await findFolder(path.slice(0, -1))
  await (folder && ifThere(folder.removeEntry(path.at(-1)!, { recursive: true })))
}

/** The value, or undefined where there is no such file or folder. */
async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch((error: DOMException) => {
    if (error.name === 'NotFoundError') return undefined
    throw error
  })
}
