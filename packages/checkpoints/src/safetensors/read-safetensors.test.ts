import { CheckpointError, LatentkitError, memoryFile, widenToFloat32 } from '@latentkit/core'
import { decodeRecordedTensor, type RecordedTensor } from '@latentkit/core/testing'
import { expect, test } from 'vitest'
import { randomBelow } from '../random-fixture.ts'
import { readTensor } from '../read-tensor.ts'
import { fixture, fixtureBytes, fixtureJson } from '../shared-fixture.ts'
import { readSafetensors } from './read-safetensors.ts'
import { safetensorsBytes } from './write-safetensors-fixture.ts'

const read = (bytes: Uint8Array) => readSafetensors(memoryFile('w.safetensors', bytes))
const x = (dtype: unknown, shape: unknown, data_offsets: unknown) => ({ dtype, shape, data_offsets })
const f32 = (begin: number, end: number) => x('F32', [(end - begin) / 4], [begin, end])

test('every dtype of a reference file is read exactly', async () => {
  const { tensors, metadata, format } = await readSafetensors(fixture('odd_tensors/odd.safetensors'))
  const expected = fixtureJson<{ tensors: Record<string, RecordedTensor & { torch_dtype: string }> }>(
    'odd_tensors/expected.json',
  ).tensors
  expect(format).toBe('safetensors')
  expect(metadata).toEqual({ format: 'pt', note: 'é "quoted"' })
  expect([...tensors.keys()]).toEqual(Object.keys(expected))
  for (const [name, recorded] of Object.entries(expected)) {
    const entry = tensors.get(name)!
    expect(entry).toMatchObject({ dtype: recorded.torch_dtype, shape: recorded.shape, inPlace: true })
    const value = await readTensor(entry)
    const wide = entry.dtype === 'bfloat16' ? widenToFloat32(value) : value
    expect(wide.data, name).toEqual(decodeRecordedTensor(recorded).data)
  }
})

test('an entry says where its bytes lie in the file', async () => {
  const bytes = safetensorsBytes({ b: f32(4, 12), a: f32(0, 4) }, 12)
  const { tensors } = await read(bytes)
  const dataStart = bytes.length - 12
  expect([...tensors.keys()]).toEqual(['b', 'a'])
  expect(tensors.get('b')).toMatchObject({ dtype: 'float32', shape: [2], offset: dataStart + 4, byteLength: 8 })
  expect(tensors.get('a')).toMatchObject({ shape: [1], offset: dataStart, byteLength: 4, inPlace: true })
})

test('Paddle’s safetensors say so in their metadata', async () => {
  const layout = async (metadata: object) =>
    (await read(safetensorsBytes({ __metadata__: metadata, a: f32(0, 4) }, 4))).linearLayout
  expect(await layout({ format: 'pd' })).toBe('input-output')
  expect(await layout({ format: 'pt' })).toBe('output-input')
})

test('empty files, empty tensors and padded headers are allowed', async () => {
  expect((await read(safetensorsBytes('{}'))).tensors.size).toBe(0)
  const { tensors } = await read(safetensorsBytes('{"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}    '))
  expect((await readTensor(tensors.get('a')!)).data).toHaveLength(0)
})

test('element types that nothing computes with are listed, but not read', async () => {
  const { tensors } = await read(
    safetensorsBytes({ a: x('F8_E4M3', [3], [0, 3]), b: x('F4', [2, 3], [3, 6]), c: x('C64', [1], [6, 14]) }, 14),
  )
  expect([...tensors.values()].map(({ dtype, byteLength }) => [dtype, byteLength])).toEqual([
    ['float8_e4m3fn', 3],
    ['float4_e2m1fn_x2', 3],
    ['complex64', 8],
  ])
  await expect(readTensor(tensors.get('a')!)).rejects.toThrow(
    'w.safetensors: tensor "a" has elements of type float8_e4m3fn, which cannot be read.',
  )
})

const broken: [string, Uint8Array, string][] = [
  ['shorter than its length', new Uint8Array(7), 'it has 7 bytes, a header needs at least 8'],
  [
    'header longer than the file',
    safetensorsBytes('{}').slice(0, 9),
    'header would have 2 bytes, the file has 1 after it',
  ],
  ['header above the limit', Uint8Array.of(1, 9, 0x3d, 0, 0, 0, 0, 0, 0x7b), 'at most 4000000 are allowed'],
  ['header of 2^63 bytes', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128, 0x7b), 'would have 9223372036854775808 bytes'],
  ['space before the brace', safetensorsBytes(' {}'), 'begins with " ", expected "{"'],
  ['no header at all', safetensorsBytes(''), 'begins with nothing, expected "{"'],
  ['not UTF-8', safetensorsBytes(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), 'is not UTF-8'],
  ['not JSON', safetensorsBytes('{"a"'), 'is not JSON'],
  ['two objects', safetensorsBytes('{}{}'), 'is not JSON'],
  [
    'a tensor twice',
    safetensorsBytes(`{"a":${JSON.stringify(f32(0, 4))},"a":${JSON.stringify(f32(0, 4))}}`, 4),
    'the key "a" twice',
  ],
  ['a tensor twice, once escaped', safetensorsBytes('{"a":1,"\\u0061":2}'), 'the key "a" twice'],
  ['metadata twice', safetensorsBytes('{"__metadata__":{},"__metadata__":{}}'), 'the key "__metadata__" twice'],
  ['a field twice', safetensorsBytes('{"a":{"dtype":"F32","dtype":"F16"}}'), 'the key "dtype" twice'],
  [
    'metadata that is no text',
    safetensorsBytes({ __metadata__: { a: 1 } }),
    '__metadata__ {"a":1}, expected an object of texts',
  ],
  ['metadata in a list', safetensorsBytes({ __metadata__: ['a'] }), 'expected an object of texts'],
  ['an entry that is no object', safetensorsBytes({ a: [1] }), 'tensor "a" has the entry [1], expected an object'],
  [
    'an entry without dtype',
    safetensorsBytes({ a: { shape: [], data_offsets: [0, 4] } }, 4),
    'has dtype nothing, expected one of F64',
  ],
  ['an unknown dtype', safetensorsBytes({ a: x('F31', [1], [0, 4]) }, 4), 'has dtype "F31", expected one of F64'],
  ['a dtype from the prototype', safetensorsBytes({ a: x('toString', [1], [0, 4]) }, 4), 'has dtype "toString"'],
  [
    'an unknown field',
    safetensorsBytes({ a: { ...f32(0, 4), extra: 1 } }, 4),
    'the keys ["extra"], expected only dtype',
  ],
  [
    'a negative size',
    safetensorsBytes({ a: x('F32', [-1], [0, 4]) }, 4),
    'has shape [-1], expected a list of whole numbers',
  ],
  ['half an element', safetensorsBytes({ a: x('F32', [0.5], [0, 2]) }, 2), 'has shape [0.5]'],
  ['a size that is text', safetensorsBytes({ a: x('F32', ['1'], [0, 4]) }, 4), 'has shape ["1"]'],
  ['a shape that is a number', safetensorsBytes({ a: x('F32', 1, [0, 4]) }, 4), 'has shape 1'],
  [
    'too many elements',
    safetensorsBytes({ a: x('F32', [2 ** 40, 2 ** 40], [0, 4]) }, 4),
    'expected fewer than 2^53 elements',
  ],
  ['one offset', safetensorsBytes({ a: x('F32', [1], [4]) }, 4), 'data_offsets [4], expected two whole numbers'],
  [
    'an end before its begin',
    safetensorsBytes({ a: x('F32', [1], [4, 0]) }, 4),
    'data_offsets [4,0], expected a begin',
  ],
  [
    'too short a range',
    safetensorsBytes({ a: x('F32', [2], [0, 4]) }, 4),
    'data_offsets [0,4], expected a range of 8 bytes for F32 [2]',
  ],
  [
    'half a byte',
    safetensorsBytes({ a: x('F4', [3], [0, 2]) }, 2),
    'expected a number of F4 elements that fills whole bytes',
  ],
  [
    'a hole',
    safetensorsBytes({ a: f32(0, 4), b: f32(8, 12) }, 12),
    'tensor "b" leaves a hole before it: it begins at 8, expected 4',
  ],
  ['a hole at the start', safetensorsBytes({ a: f32(4, 8) }, 8), 'tensor "a" leaves a hole before it'],
  ['an overlap', safetensorsBytes({ a: f32(0, 8), b: f32(4, 12) }, 12), 'tensor "b" overlaps the tensor before'],
  [
    'the same range twice',
    safetensorsBytes({ a: f32(0, 4), b: f32(0, 4) }, 4),
    'tensor "b" overlaps the tensor before',
  ],
  ['bytes after the tensors', safetensorsBytes({ a: f32(0, 4) }, 5), 'holds 5 bytes of data, its header lists 4'],
  [
    'a file cut short',
    safetensorsBytes({ a: f32(0, 4) }, 3),
    'holds 3 bytes of data, its header lists 4. The file is cut short',
  ],
]

test.each(broken)('refuses %s', async (_, bytes, message) => {
  const error = await read(bytes).catch((caught) => caught)
  expect(error).toBeInstanceOf(CheckpointError)
  expect(error.message).toContain(message)
  expect(error.message).toMatch(/^w\.safetensors: /)
})

test('whatever happens to a header, the answer is an index or an error of ours', async () => {
  const original = fixtureBytes('odd_tensors/odd.safetensors')
  const below = randomBelow(1)
  const headerLength = new DataView(original.buffer).getUint32(0, true)
  let refused = 0
  for (let round = 0; round < 4000; round++) {
    const bytes = original.slice(0, below(8) === 0 ? below(original.length) : original.length)
    for (let change = 0; change <= below(3) && bytes.length > 0; change++) {
      const at = below(Math.min(bytes.length, below(6) === 0 ? 8 : 8 + headerLength))
      bytes[at] = below(2) === 0 ? below(256) : original[8 + below(headerLength)]!
    }
    const error = await read(bytes).then(
      () => undefined,
      (caught) => caught,
    )
    if (error === undefined) continue
    refused++
    if (!LatentkitError.isInstance(error)) expect.fail(`round ${round}: ${error.stack}`)
  }
  expect(refused).toBeGreaterThan(2000)
})

test('a header nested very deep is refused', async () => {
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  await expect(read(safetensorsBytes(deep))).rejects.toThrow(CheckpointError)
})
