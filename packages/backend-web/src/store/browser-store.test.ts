// By its name, as users import it: the worker needs the built files.
import { createBrowserStore } from '@latentkit/backend-web'
import { storeConformance } from '@latentkit/hub/testing'
import { test } from 'vitest'

const folders = new WeakMap<object, string>()
function create(folder: string) {
  const store = createBrowserStore({ folder })
  folders.set(store, folder)
  return store
}

const cases = storeConformance(
  async () => create(`test-${crypto.randomUUID()}`),
  async (store) => create(folders.get(store)!),
)
for (const { name, run } of cases) test(name, run)
