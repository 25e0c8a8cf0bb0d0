import { assertOptions } from '@latentkit/core'
import type { FileStore } from '@latentkit/hub'
import { createBrowserRepository } from './browser-repository.ts'
import { namesIn } from './private-files.ts'
import { storeName, storing } from './storage-problem.ts'
import { connectStore } from './store-connection.ts'

/** Where models are kept, and what reads and writes them. */
export interface BrowserStoreOptions {
  /** Folder in the private file system. Default `latentkit`. */
  readonly folder?: string | undefined
  /**
   * Makes the worker that writes. Default: the package's own, whose script bundlers put where it is found; where yours does
   * not, start `@latentkit/backend-web/standalone/store-worker.js`, a file that needs no other.
   */
  readonly createWorker?: (() => Worker) | undefined
}

const optionNames: Readonly<Record<keyof BrowserStoreOptions, true>> = { folder: true, createWorker: true }

/**
 * A store in the page's Origin Private File System. It outlives the page and is shared by all pages of the same site; the
 * browser may clear it when the disk runs full, unless `navigator.storage.persist()` was granted. Needs a secure page.
 * Outside of a browser it can be made, and rejects with a `BackendError` when used.
 * @throws InvalidArgumentError for an unknown option.
 */
export function createBrowserStore(options: BrowserStoreOptions = {}): FileStore {
  assertOptions(options, optionNames)
  const { folder = 'latentkit', createWorker = startWorker } = options
  const ask = connectStore(createWorker)
  return {
    name: storeName,
    repositories: () => storing(async () => (await namesIn([folder])).map(decodeURIComponent).sort()),
    repository: (id) => createBrowserRepository(ask, [folder, encodeURIComponent(id)], id),
  }
}

function startWorker(): Worker {
  return new Worker(new URL('./store-worker.js', import.meta.url), { type: 'module', name: 'latentkit-store' })
}
