import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { listModels, verifyModel } from './kept-models.ts'
import type { FileStore } from './store/file-store.ts'
import { createMemoryStore } from './store/memory-store.ts'

async function put(store: FileStore, commit: string, path: string, content: string, blob: string): Promise<void> {
  const repository = store.repository('org/name')
  const part = await repository.openPart(blob)
  await part.write(0, new TextEncoder().encode(content))
  await part.commit(blob, content.length)
  await repository.link(commit, path, blob)
}
const sha256 = createHash('sha256').update('weights').digest('hex')
const gitSha1 = createHash('sha1').update('blob 2\0{}').digest('hex')
const [first, second] = ['1'.repeat(40), '2'.repeat(40)]

async function example(): Promise<FileStore> {
  const store = createMemoryStore()
  await put(store, first, 'unet/w.bin', 'weights', sha256)
  await put(store, second, 'unet/w.bin', 'weights', sha256)
  await put(store, second, 'unet/config.json', '{}', gitSha1)
  return store
}

test('models are listed with what they take, shared files counted once', async () => {
  const [model, ...others] = await listModels(await example())
  expect(others).toEqual([])
  expect(model).toMatchObject({ name: 'org/name', bytes: 9 })
  expect(model!.commits.map(({ commit, files }) => [commit, files.length])).toEqual([
    [first, 1],
    [second, 2],
  ])
})

test('every file is compared with the hash it is called by, or that the listing gives', async () => {
  const store = await example()
  const states = async () => (await verifyModel(store, 'org/name')).map(({ path, state }) => `${path} ${state}`)
  expect(await states()).toEqual(['unet/w.bin right', 'unet/config.json right', 'unet/w.bin right'])
  await put(store, second, 'unet/config.json', '[]', gitSha1)
  await put(store, second, 'odd.json', '{}', 'etag')
  expect(await states()).toEqual(['unet/w.bin right', 'odd.json unknown', 'unet/config.json wrong', 'unet/w.bin right'])
  const hash = { algorithm: 'sha256', hex: 'f'.repeat(64) } as const
  await store.repository('org/name').writeListing(first, [{ path: 'unet/w.bin', size: 7, hash }])
  expect((await states())[0]).toBe('unet/w.bin wrong')
})

test('what is wrong is told and removed at every path', async () => {
  const store = await example()
  await put(store, first, 'unet/config.json', '[]', gitSha1)
  await put(store, first, 'vqvae/config.json', '[]', gitSha1)
  const found = await verifyModel(store, 'org/name', { removeWrong: true })
  expect(found.filter(({ state }) => state === 'wrong').map(({ commit, path }) => `${commit[0]} ${path}`)).toEqual([
    '1 unet/config.json',
    '1 vqvae/config.json',
    '2 unet/config.json',
  ])
  const [model] = await listModels(store)
  expect(model!.commits.map(({ files }) => files.map(({ path }) => path))).toEqual([['unet/w.bin'], ['unet/w.bin']])
})

test('what is wrong can be removed', async () => {
  const store = await example()
  await put(store, second, 'unet/config.json', '[]', gitSha1)
  await verifyModel(store, 'org/name', { removeWrong: true })
  expect((await store.repository('org/name').files(second)).map(({ path }) => path)).toEqual(['unet/w.bin'])
})

test('without a store it is said how to make one', async () => {
  const error = { code: 'invalid_argument', message: expect.stringContaining('Make one with createMemoryStore()') }
  await expect(listModels(undefined as never)).rejects.toMatchObject(error)
  await expect(verifyModel('folder' as never, 'org/name')).rejects.toMatchObject(error)
})
