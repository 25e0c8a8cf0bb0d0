// By its name, as users import it: the worker needs the built files.
import { createBrowserStore } from '@latentkit/backend-web'
import { storeConformance } from '@latentkit/hub/testing'
import { expect, test } from 'vitest'

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

test('a part may lie idle for longer than an idle worker lives', async () => {
  const part = await create(`test-${crypto.randomUUID()}`).repository('org/name').openPart('key')
  await new Promise((resolve) => setTimeout(resolve, 2500))
  await part.write(0, Uint8Array.of(7))
  expect(await part.read(0, 1)).toEqual(Uint8Array.of(7))
  await part.discard()
})
