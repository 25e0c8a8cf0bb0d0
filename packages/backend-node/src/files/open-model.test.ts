import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDiskFile } from './disk-file.ts'
import { fetchNamedModel, openModel } from './open-model.ts'

/** There a user may not make links. */
const isWindows = process.platform === 'win32'
let folder: string
let weights: string
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'latentkit-')))
  await mkdir(join(folder, 'snapshot', 'unet'), { recursive: true })
  await mkdir(join(folder, 'blobs'))
  await writeFile(join(folder, 'blobs', 'abc'), 'weights')
  const path = join(folder, 'snapshot', 'unet', 'weights.bin')
  weights = isWindows ? path : join(folder, 'blobs', 'abc')
  if (isWindows) await writeFile(path, 'weights')
  else await symlink('../../blobs/abc', path)
  await writeFile(join(folder, 'snapshot', 'model_index.json'), '{}')
})
afterAll(() => rm(folder, { recursive: true }))

test('a folder lists its files and opens them by their real path, links followed', async () => {
  const files = await openModel(join(folder, 'snapshot'))
  expect(await files.list()).toEqual(['model_index.json', 'unet/weights.bin'])
  const file = await files.open('unet/weights.bin')
  expect(file).toMatchObject({ name: 'unet/weights.bin', size: 7, localPath: weights })
  expect(new TextDecoder().decode(await file.read(2, 3))).toBe('igh')
  await expect(file.read(5, 4)).rejects.toThrow(
    /weights\.bin: ends at byte 7; 4 bytes from 5 were asked for\. Is the file complete\?/,
  )
})

test('the variant is kept for readers of the weights', async () => {
  expect((await openModel(join(folder, 'snapshot'), { variant: 'fp16' })).variant).toBe('fp16')
  expect(await openModel(join(folder, 'snapshot'))).not.toHaveProperty('variant')
})

test('options of other names are refused, of a local folder, too', async () => {
  const message = expect.stringMatching(/^option is "varient"; expected one of .*\bvariant\b.*\bcacheDir\b/)
  const options = { varient: 'fp16' } as never
  await expect(openModel(join(folder, 'snapshot'), options)).rejects.toMatchObject({ message })
  await expect(fetchNamedModel('a/b', options)).rejects.toMatchObject({ message })
})

test.skipIf(isWindows)('folders and files that are links are followed, wherever they lead', async () => {
  const model = join(folder, 'linked')
  await mkdir(join(folder, 'elsewhere', 'deeper'), { recursive: true })
  await writeFile(join(folder, 'elsewhere', 'config.json'), '{}')
  await mkdir(model)
  await symlink('../elsewhere', join(model, 'unet'))
  await symlink('..', join(model, 'circle'))
  await symlink('../snapshot/model_index.json', join(model, 'model_index.json'))
  await symlink('nowhere', join(model, 'gone.json'))
  const files = await openModel(model)
  expect(await files.list()).toEqual(['gone.json', 'model_index.json', 'unet/config.json'])
  expect(await files.open('unet/config.json')).toMatchObject({ localPath: join(folder, 'elsewhere', 'config.json') })
  await expect(files.open('gone.json')).rejects.toThrow(/gone\.json: no such file/)
})

test('files of an npm package that a bundle has left behind are told as such', async () => {
  const files = await openModel({ 'model_index.json': pathToFileURL(join(folder, 'dist', 'model_index.json')) })
  await expect(files.open('model_index.json')).rejects.toThrow(/no such file\. Was this program bundled\? Leave/)
})

test('files of an npm package are opened by their URLs', async () => {
  const files = await openModel({ 'model_index.json': pathToFileURL(join(folder, 'snapshot', 'model_index.json')) })
  expect((await files.open('model_index.json')).size).toBe(2)
  await expect(files.open('unet/config.json')).rejects.toThrow(/unet\/config\.json: no such file/)
})

test('a single file is a model of one file', async () => {
  const path = join(folder, 'snapshot', 'unet', 'weights.bin')
  const files = await openModel(path)
  expect(files.name).toBe(path)
  expect(await files.list()).toEqual(['weights.bin'])
  expect(await files.open('weights.bin')).toMatchObject({ size: 7, localPath: weights })
  await expect(files.open('model_index.json')).rejects.toThrow('weights.bin/model_index.json: no such file')
})

test('what is not there is a clear error', async () => {
  await expect(openModel(join(folder, 'none', 'at', 'all'))).rejects.toThrow(
    /: no such folder or file\. Give the path of a folder/,
  )
  // It could be a repository's name, but nobody means that.
  await expect(openModel('checkpoints/model.ckpt')).rejects.toThrow(/^checkpoints\/model\.ckpt: no such folder or file/)
})

test.each(['https://example.org/model.ckpt', 'https://example.org/a?b=c', 'ftp://example.org/a'])(
  'an address that nothing can be fetched from, %s, is told as one',
  async (address) => {
    const message = expect.stringMatching(
      /^model is ".*"; expected a repository such as .* or the address of a folder\./,
    )
    await expect(openModel(address)).rejects.toMatchObject({ code: 'invalid_argument', message })
  },
)

test('URLs of folders and files stand for their paths', async () => {
  const path = join(folder, 'snapshot')
  for (const url of [pathToFileURL(path), pathToFileURL(path).href]) expect((await openModel(url)).name).toBe(path)
  await expect(openModel(new URL('https://example.org/model.ckpt'))).rejects.toThrow(/Only folders are fetched/)
  await expect(openModel('file://elsewhere%2F/x')).rejects.toMatchObject({ code: 'invalid_argument' })
})

test.each([
  [3],
  [undefined],
  [null],
  [{}],
  [[]],
  ['a\0b'],
  [{ 'model_index.json': 3 }],
  [{ 'model_index.json': new URL('https://example.org/model_index.json') }],
])('what is no model, %j, is a clear error', async (source) => {
  await expect(openModel(source as never)).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(/^model .*expected a path, a name, an address, or file URLs/),
  })
})

describe.skipIf(isWindows)('what cannot be read is named, with what to do', () => {
  test('a link that leads nowhere', async () => {
    const path = join(folder, 'loop')
    await symlink('loop', path)
    const expected = {
      code: 'model_files',
      path,
      message: expect.stringMatching(/loop: cannot be read: ELOOP\. Somet/),
    }
    await expect(openModel(path)).rejects.toMatchObject(expected)
    await expect(openDiskFile(path)).rejects.toMatchObject(expected)
  })

  test('a folder or file of another user', async () => {
    const model = join(folder, 'closed')
    const weights = join(model, 'unet', 'weights.bin')
    await mkdir(join(model, 'unet'), { recursive: true })
    await writeFile(weights, 'weights')
    await chmod(folder, 0o755)
    const files = await openModel(model)
    const file = await openDiskFile(weights)
    await chmod(weights, 0)
    await asStranger(async () => {
      const message = expect.stringMatching(/weights\.bin: cannot be read: EACCES\. Let this user read it/)
      await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'model_files', message })
    })
    await chmod(join(model, 'unet'), 0)
    await asStranger(async () => {
      const message = expect.stringMatching(/unet.*: cannot be read: EACCES\. Let this user read it/)
      for (const attempt of [() => files.list(), () => files.open('unet/weights.bin'), () => openModel(weights)]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'model_files', message })
      }
    })
    await chmod(join(model, 'unet'), 0o755)
  })
})

/** Runs as somebody who is not root, who may read everything. */
async function asStranger(run: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    await run()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}
