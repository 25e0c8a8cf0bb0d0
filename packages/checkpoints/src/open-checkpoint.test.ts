import { ModelFilesError, memoryFiles } from '@latentkit/core'
import { expect, test } from 'vitest'
import { chooseVariants, openCheckpoint } from './open-checkpoint.ts'
import { write } from './pickle/pickle-fixture.ts'
import { readTensor } from './read-tensor.ts'
import { safetensorsBytes } from './safetensors/write-safetensors-fixture.ts'
import { fixtureBytes } from './shared-fixture.ts'
import { joinParts } from './sparse-fixture.ts'
import { torchZipParts } from './torch/write-torch-fixture.ts'

const one = (name: string) => safetensorsBytes({ [name]: { dtype: 'U8', shape: [], data_offsets: [0, 1] } }, 1)
const names = async (files: Record<string, Uint8Array | string>, folder = 'unet', variant?: string) => [
  ...(await openCheckpoint(memoryFiles('m', files), folder, { variant })).tensors.keys(),
]

test('safetensors are preferred, whatever else lies there', async () => {
  const files = {
    'unet/diffusion_pytorch_model.safetensors': one('a'),
    'unet/diffusion_pytorch_model.bin': one('b'),
    'unet/diffusion_pytorch_model.fp16.safetensors': one('c'),
    'vqvae/model_state.pdparams': one('d'),
    'diffusion_pytorch_model.bin': one('e'),
  }
  expect(await names(files)).toEqual(['a'])
  expect(await names(files, 'unet/')).toEqual(['a'])
  expect(await names(files, 'unet', 'fp16')).toEqual(['c'])
  expect(await names(files, 'vqvae')).toEqual(['d'])
  expect(await names(files, '')).toEqual(['e'])
})

test('the folder is the top unless one is named, and is taken as people write it', async () => {
  const files = memoryFiles('m', {
    'unet/diffusion_pytorch_model.safetensors': one('a'),
    'diffusion_pytorch_model.bin': one('e'),
  })
  expect([...(await openCheckpoint(files)).tensors.keys()]).toEqual(['e'])
  const opened = async (folder: string) => [...(await openCheckpoint(files, folder)).tensors.keys()]
  for (const top of ['', '.', './', undefined]) expect(await opened(top as string)).toEqual(['e'])
  for (const folder of ['unet', './unet', 'unet/', './unet/']) expect(await opened(folder)).toEqual(['a'])
  await expect(opened('./vqvae/')).rejects.toThrow('m/vqvae: has no weights')
  await expect(openCheckpoint(memoryFiles('m', {}))).rejects.toThrow(/^m: has no weights/)
})

test('what is no folder is refused, and options of other names', async () => {
  const files = memoryFiles('m', { 'diffusion_pytorch_model.bin': one('e') })
  await expect(openCheckpoint(files, { variant: 'fp16' } as never)).rejects.toThrow(
    'folder is {"variant":"fp16"}; expected the path of a folder within the model. The variant comes after it.',
  )
  await expect(openCheckpoint(files, '', { varaint: 'fp16' } as never)).rejects.toThrow('option is "varaint"; expected')
})

test('a folder without the variant that another folder has is opened without one', async () => {
  const files = memoryFiles('m', {
    'unet/diffusion_pytorch_model.fp16.safetensors': one('a'),
    'vqvae/diffusion_pytorch_model.safetensors': one('b'),
  })
  const chosen = async (folders: string[], variant?: string) =>
    folders.map(await chooseVariants(files, folders, variant))
  expect(await chosen(['unet', 'vqvae'], 'fp16')).toEqual(['fp16', null])
  expect(await chosen(['unet', 'vqvae'])).toEqual([undefined, undefined])
  // Where no folder has it, it is asked of all, which is refused.
  expect(await chosen(['unet', 'vqvae'], 'bf16')).toEqual(['bf16', 'bf16'])
  const flat = memoryFiles('m', { 'diffusion_pytorch_model.fp16.bin': one('a') })
  expect((await chooseVariants(flat, ['', 'other'], 'fp16'))('')).toBe('fp16')
})

test('a folder without weights is told what was looked for and what there is', async () => {
  const files = { 'unet/diffusion_pytorch_model.fp16.bin': one('a'), 'unet/config.json': '{}' }
  const error = await names(files).catch((caught) => caught)
  expect(error).toBeInstanceOf(ModelFilesError)
  expect(error.message).toMatch(
    /^m\/unet: has no weights; looked for diffusion_pytorch_model\.safetensors, .*model_state\.pdparams\. There are unet\/diffusion_pytorch_model\.fp16\.bin: name a variant/,
  )
  await expect(names(files, 'unet', 'bf16')).rejects.toThrow(
    'no weights of variant bf16; looked for diffusion_pytorch_model.bf16.safetensors, diffusion_pytorch_model.safetensors.index.bf16.json',
  )
  await expect(names(files, 'unet', 'bf16')).rejects.toThrow('fp16.bin: name another variant, or none, or read one')
})

test('the variant that a model was opened with is taken unless another is named', async () => {
  const files = {
    'diffusion_pytorch_model.fp16.safetensors': one('a'),
    'diffusion_pytorch_model.bf16.safetensors': one('b'),
  }
  const model = { ...memoryFiles('m', files), variant: 'fp16' }
  expect([...(await openCheckpoint(model, '')).tensors.keys()]).toEqual(['a'])
  expect([...(await openCheckpoint(model, '', { variant: 'bf16' })).tensors.keys()]).toEqual(['b'])
})

const index = 'diffusion_pytorch_model.safetensors.index.json'
const shards = [1, 2].map((i) => `diffusion_pytorch_model-0000${i}-of-00002.safetensors`)

test('shards are one index', async () => {
  const paths = [index, ...shards]
  const files = memoryFiles('m', Object.fromEntries(paths.map((path) => [path, fixtureBytes(`vqvae/sharded/${path}`)])))
  const whole = memoryFiles('m', {
    'diffusion_pytorch_model.safetensors': fixtureBytes('vqvae/diffusion_pytorch_model.safetensors'),
  })
  const sharded = await openCheckpoint(files, '')
  const expected = await openCheckpoint(whole, '')
  expect(sharded.name).toBe(index)
  expect(new Set([...sharded.tensors.values()].map((entry) => entry.file.name))).toEqual(new Set(shards))
  expect([...sharded.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort())
  for (const [name, entry] of expected.tensors)
    expect(await readTensor(sharded.tensors.get(name)!)).toEqual(await readTensor(entry))
})

test('shards may be files of torch', async () => {
  const floats = new Uint8Array(Float32Array.of(1, 2).buffer)
  const shard = (name: string) =>
    joinParts(
      torchZipParts(write.dict([[name, write.tensor(write.storage('FloatStorage', '0', 2), 0, [2], [1])]]), {
        0: floats,
      }),
    )
  const files = {
    'unet/diffusion_pytorch_model.bin.index.json': JSON.stringify({ weight_map: { a: '1.bin', b: '2.bin' } }),
    'unet/1.bin': shard('a'),
    'unet/2.bin': shard('b'),
  }
  expect(await names(files)).toEqual(['a', 'b'])
  const mixed = { ...files, 'unet/2.bin': one('b') }
  await expect(names(mixed)).rejects.toThrow('mixes shards of unlike kinds: unet/1.bin and unet/2.bin')
})

test.each([
  ['no map', {}, 'has no weight_map'],
  ['a path out of the folder', { weight_map: { a: '../x' } }, 'tensor "a" lies in "../x", expected the name of a file'],
  ['a shard that is no text', { weight_map: { a: 1 } }, 'lies in 1'],
  ['a shard that is missing', { weight_map: { a: 'no' } }, 'm/no: no such file'],
  [
    'a tensor that is not there',
    { weight_map: { a: 's1', b: 's1' } },
    'tensor "b" is not in s1, where weight_map says',
  ],
  ['a tensor not in the map', { weight_map: { a: 's1', b: 's2' } }, 'tensor "c" lies in s2, which weight_map does not'],
  ['a tensor in two shards', { weight_map: { a: 's1', b: 's3' } }, 'tensor "a" lies in s3, which weight_map does not'],
])('refuses an index with %s', async (_, json, message) => {
  const two = (first: string, second: string) =>
    safetensorsBytes(
      {
        [first]: { dtype: 'U8', shape: [], data_offsets: [0, 1] },
        [second]: { dtype: 'U8', shape: [], data_offsets: [1, 2] },
      },
      2,
    )
  const files = { [index]: JSON.stringify(json), s1: one('a'), s2: two('b', 'c'), s3: two('b', 'a') }
  await expect(names(files, '')).rejects.toThrow(message)
})
