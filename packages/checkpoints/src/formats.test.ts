import {
  bfloat16ToNumber,
  float16ToNumber,
  memoryFile,
  memoryFiles,
  numberToFloat16,
  type Tensor,
  tensor,
  widenToFloat32,
} from '@latentkit/core'
import { decodeRecordedTensor, type RecordedTensor } from '@latentkit/core/testing'
import { describe, expect, test } from 'vitest'
import { withCurrentNames } from './current-names.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { readSharded } from './read-sharded.ts'
import { readTensor } from './read-tensor.ts'
import { encodeSafetensors } from './safetensors/encode-safetensors.ts'
import { fixture, fixtureBytes, fixtureJson, hasFixture, hasShared, sharedBytes } from './shared-fixture.ts'
import type { TensorIndex } from './tensor-index.ts'

const { models } = fixtureJson<{
  models: Record<string, { files: Record<string, string>; linear_weights_transposed_in_paddle: string[] }>
}>('index.json')

/** What a file should hold, and how. */
const expectedKinds: [file: RegExp, expected: Partial<TensorIndex> & { dtype?: string }, allInPlace: boolean][] = [
  [/^half\.safetensors/, { format: 'safetensors', linearLayout: 'output-input', dtype: 'float16' }, true],
  [/^bfloat16\.safetensors/, { format: 'safetensors', linearLayout: 'output-input', dtype: 'bfloat16' }, true],
  [/paddle_model\.safetensors/, { format: 'safetensors', linearLayout: 'input-output', dtype: 'float32' }, true],
  [/safetensors/, { format: 'safetensors', linearLayout: 'output-input', dtype: 'float32' }, true],
  [/^legacy/, { format: 'torch-legacy', linearLayout: 'output-input', dtype: 'float32' }, true],
  [/^half\.bin/, { format: 'torch-zip', linearLayout: 'output-input', dtype: 'float16' }, true],
  [/^bfloat16\.bin/, { format: 'torch-zip', linearLayout: 'output-input', dtype: 'bfloat16' }, true],
  [/bin$/, { format: 'torch-zip', linearLayout: 'output-input', dtype: 'float32' }, true],
  [/^float16\.p4/, { format: 'paddle', linearLayout: 'input-output', dtype: 'float16' }, true],
  [/^bfloat16_as_uint16\.p4/, { format: 'paddle', linearLayout: 'input-output', dtype: 'bfloat16' }, true],
  [/p4\.pdparams/, { format: 'paddle', linearLayout: 'input-output', dtype: 'float32' }, true],
  [/p2\.pdparams/, { format: 'paddle', linearLayout: 'input-output', dtype: 'float32' }, false],
]

const cases = Object.entries(models).flatMap(([model, { files }]) =>
  Object.keys(files)
    .filter((file) => !/00\d-of/.test(file))
    .map((file) => [model, file] as const),
)

describe.each([
  ['here', cases.filter(([model, file]) => hasFixture(`${model}/${file}`))],
  ['in ../shared, skipped where it is absent', cases],
] as const)('reference files %s', (where, chosen) => {
  const bytes = (path: string) => (where === 'here' ? fixtureBytes(path) : sharedBytes(`formats/${path}`))

  test.skipIf(where !== 'here' && !hasShared).each([...chosen])(
    '%s: %s holds the same weights',
    async (model, file) => {
      const reference = `${model}/diffusion_pytorch_model.safetensors`
      const expected = await readCheckpoint(memoryFile(reference, bytes(reference)))
      const index = withCurrentNames(await open(model, file, bytes))
      const [, { dtype, ...kind }, allInPlace] = expectedKinds.find(([pattern]) => pattern.test(file))!
      expect(index).toMatchObject(kind)
      expect([...index.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort())

      const transposed = new Set(
        index.linearLayout === 'input-output' ? models[model]!.linear_weights_transposed_in_paddle : [],
      )
      for (const [name, entry] of index.tensors) {
        expect(entry.dtype).toBe(dtype)
        expect(entry.inPlace, name).toBe(allInPlace)
        const original = (await readTensor(expected.tensors.get(name)!)) as Tensor<'float32'>
        const { shape, data } = transposed.has(name) ? transpose(original) : original
        const value = widenToFloat32(await readTensor(entry))
        expect(value.shape).toEqual(shape)
        expect(value.data, name).toEqual(data.map(rounding[dtype!]!))
      }
    },
  )
})

test.each(['legacy.bin', 'half.bin'])('%s in a Node Buffer, whose slice is a view, is as good', async (file) => {
  const bytes = fixtureBytes(`vqvae/${file}`)
  const read = (data: Uint8Array) => readCheckpoint(memoryFile(file, data))
  const [expected, index] = await Promise.all([read(bytes), read(Buffer.from(bytes))])
  for (const [name, entry] of expected.tensors)
    expect(await readTensor(index.tensors.get(name)!), name).toEqual(await readTensor(entry))
})

async function open(model: string, file: string, bytes: (path: string) => Uint8Array): Promise<TensorIndex> {
  if (!file.endsWith('.json')) return readCheckpoint(memoryFile(file, bytes(`${model}/${file}`)))
  const beside = Object.keys(models[model]!.files).filter((name) => name.startsWith('sharded/'))
  return readSharded(
    memoryFiles('m', Object.fromEntries(beside.map((name) => [name, bytes(`${model}/${name}`)]))),
    file,
  )
}

/** What an element type keeps of a float32: rounded to nearest, ties to even. */
const rounding: Readonly<Record<string, (value: number) => number>> = {
  float32: (value) => value,
  float16: (value) => float16ToNumber(numberToFloat16(value)),
  bfloat16: (value) => {
    const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!
    return bfloat16ToNumber(((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff)
  },
}

function transpose({ shape, data }: { shape: readonly number[]; data: Float32Array }) {
  const [rows, columns] = shape as [number, number]
  return tensor(
    'float32',
    [columns, rows],
    Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!),
  )
}

const odd = fixtureJson<{ tensors: Record<string, RecordedTensor & { torch_dtype: string; torch_stride: number[] }> }>(
  'odd_tensors/expected.json',
)

test.each(['odd.zip.pt', 'odd.legacy.pt', 'odd.p4.pt'])(
  '%s: views, strides, shared storages, every dtype',
  async (name) => {
    const { tensors, metadata } = await readCheckpoint(fixture(`odd_tensors/${name}`))
    expect(metadata).toEqual({
      step: '7',
      name: 'tést',
      big: '1180591620717411303424',
      neg: '-5',
      f: '0.1',
      device: 'cpu',
    })
    expect([...tensors.keys()]).toEqual(Object.keys(odd.tensors))
    for (const [key, recorded] of Object.entries(odd.tensors)) {
      const entry = tensors.get(key)!
      expect(entry).toMatchObject({ dtype: recorded.torch_dtype, shape: recorded.shape })
      const value = await readTensor(entry)
      const comparable = entry.dtype === 'bfloat16' ? widenToFloat32(value) : value
      expect(comparable.data, key).toEqual(decodeRecordedTensor(recorded).data)
    }
    const copied = [...tensors.values()].filter((entry) => !entry.inPlace).map((entry) => entry.name)
    expect(copied).toEqual(['transposed', 'slice', 'strided', 'expanded', 'channels_last'])
    const [a, b] = [tensors.get('shared_a')!, tensors.get('shared_b')!]
    expect(b.offset - a.offset).toBe(16)
  },
)

test('lists and single tensors have names too', async () => {
  const data = decodeRecordedTensor(odd.tensors.f32!).data
  const list = await readCheckpoint(fixture('odd_tensors/list.zip.pt'))
  expect([...list.tensors.keys()]).toEqual(['0', '1.x'])
  for (const entry of list.tensors.values()) expect((await readTensor(entry)).data).toEqual(data)
  const single = await readCheckpoint(fixture('odd_tensors/single.zip.pt'))
  expect([...single.tensors.keys()]).toEqual(['tensor'])
})

test('safetensors are known by their brace, whatever the length of their header begins like', async () => {
  const lengths = new Set<number>()
  for (let extra = 0; extra < 256; extra++) {
    const bytes = encodeSafetensors(
      { x: tensor('float32', [1], Float32Array.of(extra)) },
      { note: '.'.repeat(8 * extra) },
    )
    lengths.add(bytes[0]!)
    const index = await readCheckpoint(memoryFile('a.safetensors', bytes))
    expect([index.format, [...index.tensors.keys()]]).toEqual(['safetensors', ['x']])
  }
  // Pickles begin with 80.
  expect(lengths).toContain(0x80)
})
