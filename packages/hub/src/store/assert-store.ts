import { InvalidArgumentError } from '@latentkit/core'
import type { FileStore } from './file-store.ts'

/** Refuses what is no store, such as the path of a folder. @throws InvalidArgumentError that says how to make one. */
export function assertStore(store: Partial<FileStore> | undefined): void {
  if (typeof store?.repository === 'function') return
  throw new InvalidArgumentError({
    argument: 'store',
    value: store,
    expected: 'a store',
    hint: 'Make one with createMemoryStore(), createDiskStore(folder) of @latentkit/backend-node or createBrowserStore() of @latentkit/backend-web.',
  })
}
