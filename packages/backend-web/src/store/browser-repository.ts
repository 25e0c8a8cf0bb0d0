import { ModelFilesError } from '@latentkit/core'
import type { ListedFile, RepositoryStore, StoredFile } from '@latentkit/hub'
import { blobFile } from '../files/blob-files.ts'
import { openBrowserPart } from './browser-part.ts'
import { lockAcrossTabs } from './lock-across-tabs.ts'
import { findFile, namesIn, readText, removeEntry } from './private-files.ts'
import { storing } from './storage-problem.ts'
import type { AskStore } from './store-connection.ts'
import type { FilePath } from './store-messages.ts'

/**
 * One repository: `blobs/<hash>`, `links/<commit>/<path>` with the name of the blob inside, `refs/<revision>`,
 * `listings/<commit>`. What is part of a name is escaped as in addresses, so that no name leaves its folder.
 * @param root The folder of this repository.
 */
export function createBrowserRepository(ask: AskStore, root: FilePath, id: string): RepositoryStore {
  const at = (...names: readonly string[]): FilePath => [...root, ...names.map(encodeURIComponent)]
  const blobs = at('blobs')
  const read = async (path: FilePath) => storing(() => readText(path))
  const write = (path: FilePath, text: string) => storing(async () => void (await ask('writeText', { path, text })))
  const sizeOf = async (name: string) => (await findFile([...blobs, name]))?.size
  const describe = async (commit: string, path: string): Promise<StoredFile | undefined> => {
    const blob = await read(at('links', commit, path))
    const size = blob === undefined ? undefined : await sizeOf(blob)
    return blob === undefined || size === undefined ? undefined : { path, size, blob }
  }

  return {
    readRef: (revision) => read(at('refs', revision)),
    writeRef: (revision, commit) => write(at('refs', revision), commit),
    async readListing(commit) {
      const text = await read(at('listings', commit))
      return text === undefined ? undefined : (JSON.parse(text) as readonly ListedFile[])
    },
    writeListing: (commit, files) => write(at('listings', commit), JSON.stringify(files)),
    commits: () => storing(() => namesIn(at('links'))),
    files: (commit) =>
      storing(async () => {
        const paths = (await namesIn(at('links', commit))).filter(isLink).map(decodeURIComponent)
        const found = await Promise.all(paths.map((path) => describe(commit, path)))
        return found.filter((file) => file !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1))
      }),
    open: (commit, path) =>
      storing(async () => {
        const blob = await read(at('links', commit, path))
        const file = blob === undefined ? undefined : await findFile([...blobs, blob])
        if (!file) throw new ModelFilesError({ path: `${id}/${path}`, problem: 'no such file' })
        // Blobs are named by the hash they were checked against; of small files that is git's.
        return blobFile(path, file, /^[\da-f]{64}$/.test(blob!) ? blob : undefined)
      }),
    blobSize: (blob) => storing(() => sizeOf(blob)),
    link: (commit, path, blob) => write(at('links', commit, path), blob),
    openPart: (key) => openBrowserPart(ask, blobs, key),
    lock: (key, signal) => lockAcrossTabs(['latentkit', ...root, key].join(' '), signal),
    removeFile: (commit, path) =>
      storing(async () => {
        const blob = await read(at('links', commit, path))
        await removeEntry(at('links', commit, path))
        if (blob !== undefined) await removeEntry([...blobs, blob])
      }),
    remove: () =>
      storing(async () => {
        const sizes = await Promise.all((await namesIn(blobs)).map(sizeOf))
        await removeEntry(root)
        return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
      }),
    async freeBytes() {
      const { quota, usage = 0 } = await navigator.storage.estimate()
      return quota === undefined ? undefined : Math.max(0, quota - usage)
    },
  }
}

/** A page that was closed while it wrote may leave a temporary file. */
function isLink(name: string): boolean {
  return !name.endsWith('.tmp')
}
