import { CheckpointError, elementCount } from '@latentkit/core'
import { expect, test } from 'vitest'
import { type PicklePart, write } from '../pickle/pickle-fixture.ts'
import { readCheckpoint } from '../read-checkpoint.ts'
import { readTensor } from '../read-tensor.ts'
import { fixtureJson } from '../shared-fixture.ts'
import { type SparsePart, sparseFile } from '../sparse-fixture.ts'
import { rowMajorStrides } from '../tensor-entry.ts'
import { torchLegacyParts, torchZipParts } from './write-torch-fixture.ts'

const read = (parts: readonly SparsePart[]) => readCheckpoint(sparseFile('w.bin', parts))
const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
const f32 = (offset: number, shape: number[], strides = rowMajorStrides(shape), key = '0', length = 4) =>
  write.tensor(write.storage('FloatStorage', key, length), offset, shape, strides)
const one = (tensor: PicklePart) => write.dict([['a', tensor]])

/** The tensors of the full-size UNet, each with a storage of its own, under the original names that are at hand. */
const shapes = Object.entries(
  fixtureJson<{ original_keys: Record<string, number[]> }>('compvis_mapping.json').original_keys,
)
  .filter(([name]) => name.startsWith('model.diffusion_model.'))
  .map(([name, shape], i) => ({ name, shape, key: String(i), length: elementCount(shape) }))
const fullSize = write.dict(
  shapes.map(({ name, shape, key, length }) => [name, f32(0, shape, rowMajorStrides(shape), key, length)]),
)
const fullStorages = Object.fromEntries(shapes.map(({ key, length }) => [key, length * 4]))

test.each([
  ['zip', torchZipParts],
  ['legacy', torchLegacyParts],
])('the index of a full-size %s file is read without its weights', async (_, write) => {
  const file = sparseFile('w.bin', write(fullSize, fullStorages))
  expect(file.size).toBeGreaterThan(450e6)
  const { tensors } = await readCheckpoint(file)
  expect(tensors.size).toBe(shapes.length)
  expect([...tensors.values()].every((entry) => entry.inPlace)).toBe(true)
  expect(file.bytesRead).toBeLessThan(2e6)
  expect(file.reads).toBeLessThan(700)
})

test('deflated storages are inflated when read', async () => {
  const { tensors } = await read(torchZipParts(one(f32(1, [3])), { 0: floats }, [], true))
  expect(tensors.get('a')!.inPlace).toBe(false)
  expect([...(await readTensor(tensors.get('a')!)).data]).toEqual([2, 3, 4])
})

test.each([2, 3, 4, 5])('a legacy file of pickle protocol %i is told from one of Paddle', async (protocol) => {
  const [head, ...rest] = torchLegacyParts(one(f32(0, [4])), { 0: floats })
  // From protocol 4 on, a frame says how long the pickle is: 13 bytes for the magic number.
  const start = protocol < 4 ? [0x80, protocol] : [0x80, protocol, 0x95, 13, 0, 0, 0, 0, 0, 0, 0]
  const { format, tensors } = await read([Uint8Array.from(start), (head as Uint8Array).subarray(2), ...rest])
  expect(format).toBe('torch-legacy')
  expect([...(await readTensor(tensors.get('a')!)).data]).toEqual([1, 2, 3, 4])
})

test('a view of a storage in a legacy file begins within it', async () => {
  const view = (start: number) => {
    const viewed = write.tuple(write.text('1'), write.int(start), write.int(2))
    const type = write.global('torch', 'FloatStorage')
    const id = write.tuple(write.text('storage'), type, write.text('0'), write.text('cpu'), write.int(4), viewed)
    return torchLegacyParts(one(write.tensor([id, 'Q'], 0, [2], [1])), { 0: floats })
  }
  const { tensors } = await read(view(2))
  expect([...(await readTensor(tensors.get('a')!)).data]).toEqual([3, 4])
  await expect(read(view(3))).rejects.toThrow('has a view of storage "0" that leaves it')
})

test('weights under state_dict are taken alone, other values are metadata', async () => {
  const value = write.dict([
    ['epoch', write.int(3)],
    ['optimizer', one(f32(0, [4]))],
    ['state_dict', write.dict([['w', f32(0, [4])]])],
  ])
  const { tensors, metadata } = await read(torchZipParts(value, { 0: floats }))
  expect([...tensors.keys()]).toEqual(['w'])
  expect(metadata).toEqual({ epoch: '3' })
})

const zip = (value: PicklePart, storages: Record<string, SparsePart> = { 0: floats }) => torchZipParts(value, storages)
test.each<[string, SparsePart[], string]>([
  [
    'a tensor past its storage',
    zip(one(f32(1, [4]))),
    'tensor "a" spans 16 bytes from element 1 of storage "0", which has 16 bytes',
  ],
  ['a stride past the storage', zip(one(f32(0, [2, 2], [3, 1]))), 'spans 20 bytes from element 0 of storage "0"'],
  ['an offset of 2^31', zip(one(f32(2 ** 31 - 1, [1]))), 'spans 4 bytes from element 2147483647'],
  [
    'a storage longer than its entry',
    zip(one(f32(0, [5], [1], '0', 5))),
    'needs 20 bytes of storage "0", which has 16',
  ],
  [
    'a shape that is repeated without end',
    zip(one(f32(0, [2 ** 30, 2 ** 20], [0, 0]))),
    'more than its 16 bytes can give',
  ],
  [
    'a shape without size',
    zip(one(f32(0, [...Array(40).fill(2 ** 31 - 1), 0], Array(41).fill(0)))),
    'more than its 16 bytes can give',
  ],
  [
    'two tensors of one name',
    zip(
      write.dict([
        ['a', one(f32(0, [1]))],
        ['a.a', f32(0, [1])],
      ]),
    ),
    'has two tensors that would be called "a.a"',
  ],
  ['a storage that is missing', zip(one(f32(0, [1], [1], '7'))), 'has no storage "7"'],
  ['no tensors', zip(write.dict([['epoch', write.int(1)]])), 'holds no tensors'],
  ['an archive of something else', torchZipParts('N', {}).slice(2), 'is of no known format'],
  [
    'two pickles',
    torchZipParts(one(f32(0, [1])), {}, [{ name: 'x/data.pkl', data: floats }]),
    'not one that torch.save wrote',
  ],
  [
    'a big-endian machine',
    torchZipParts(one(f32(0, [4])), { 0: floats }, [{ name: 'w/byteorder', data: new TextEncoder().encode('big') }]),
    'big-endian machine',
  ],
  [
    'a byte order that is no word',
    torchZipParts(one(f32(0, [4])), { 0: floats }, [{ name: 'w/byteorder', data: new Uint8Array(99) }]),
    'big-endian machine',
  ],
  [
    'code',
    zip(write.call(write.global('os', 'system'), write.text('true'))),
    'w.bin/w/data.pkl: holds a pickle that names "os.system"',
  ],
  [
    'an old big-endian machine',
    torchLegacyParts(one(f32(0, [4])), { 0: floats }, write.dict([])),
    'big-endian machine',
  ],
  ['an unknown version', torchLegacyParts(one(f32(0, [4])), { 0: floats }, undefined, 1002), 'unknown version'],
  ['a legacy file without tensors', torchLegacyParts(write.dict([]), {}), 'holds no tensors'],
  [
    'a legacy file without its storage',
    torchLegacyParts(one(f32(0, [4])), {}),
    'has no storage "0", which tensor "a" needs',
  ],
  [
    'a legacy file with another storage',
    torchLegacyParts(one(f32(0, [4])), { 1: floats }),
    'the key "1", which no tensor has',
  ],
  [
    'a legacy file cut short',
    torchLegacyParts(one(f32(0, [4])), { 0: floats }).slice(0, -1),
    'ends too early: 16 bytes expected',
  ],
])('refuses %s', async (_, parts, message) => {
  const error = await read(parts).catch((caught) => caught)
  expect(error).toBeInstanceOf(CheckpointError)
  expect(error.message).toContain(message)
})

test('a small pickle that stands for a large tree is given up', async () => {
  // Eight levels of lists, each of 256 times the one before: 2^64 values, in a few kilobytes.
  const level = (inner: PicklePart, i: number): PicklePart => [inner, 'q', i, '0', '](', Array(256).fill(['h', i]), 'e']
  let value: PicklePart = f32(0, [4])
  for (let i = 0; i < 7; i++) value = level(value, i)
  await expect(read(zip(value))).rejects.toThrow('has more than 100000 values')
})
