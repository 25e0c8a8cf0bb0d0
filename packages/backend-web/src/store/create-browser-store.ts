import type { FileStore } from '@latentkit/hub'
import { createBrowserRepository } from './browser-repository.ts'
import { namesIn } from './private-files.ts'
import { storeName, storing } from './storage-problem.ts'
import { connectStore } from './store-connection.ts'

export interface BrowserStoreOptions {
  /** Folder in the private file system. Default `latentkit`. */
  readonly folder?: string
}

/**
 * A store in the page's Origin Private File System. It outlives the page and is shared by all pages of the same site; the
 * browser may clear it when the disk runs full, unless `navigator.storage.persist()` was granted. Needs a secure page.
 */
export function createBrowserStore({ folder = 'latentkit' }: BrowserStoreOptions = {}): FileStore {
  const ask = connectStore(startWorker)
  return {
    name: storeName,
    repositories: () => storing(async () => (await namesIn([folder])).map(decodeURIComponent).sort()),
    repository: (id) => createBrowserRepository(ask, [folder, encodeURIComponent(id)], id),
  }
}

function startWorker(): Worker {
  return new Worker(new URL('./store-worker.js', import.meta.url), { type: 'module', name: 'latentkit-store' })
}
