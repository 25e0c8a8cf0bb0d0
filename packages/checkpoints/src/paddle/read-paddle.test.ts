import { CheckpointError, elementCount, memoryFile } from '@latentkit/core'
import { expect, test } from 'vitest'
import { bytesOf, littleEndian, type PicklePart, write } from '../pickle/pickle-fixture.ts'
import { readCheckpoint } from '../read-checkpoint.ts'
import { readTensor } from '../read-tensor.ts'
import { fixture, fixtureJson } from '../shared-fixture.ts'
import { type SparsePart, sparseFile } from '../sparse-fixture.ts'

const read = (value: PicklePart) => readCheckpoint(memoryFile('w.pdparams', write.pickle(value)))
const four = Uint8Array.of(0, 0, 128, 63)
const latin1 = (text: string) => write.call(write.global('_codecs', 'encode'), write.text(text), write.text('latin1'))
const one = (array: PicklePart) => write.dict([['a', array]])

const shapes = Object.entries(
  fixtureJson<{ original_keys: Record<string, number[]> }>('compvis_mapping.json').original_keys,
).filter(([name]) => name.startsWith('model.diffusion_model.'))

test.each([
  ['bytes', 'B'],
  ['text', 'X'],
] as const)('the index of a full-size file of %s is read without its weights', async (kind, opcode) => {
  const [before, after] =
    kind === 'text'
      ? [bytesOf(write.global('_codecs', 'encode')), bytesOf(write.text('latin1'), 0x86, 'R')]
      : [bytesOf(), bytesOf()]
  const arrays = shapes.flatMap(([name, shape]): SparsePart[] => {
    const length = elementCount(shape) * 4
    // The array is cut open at its data, which are only zeros: as text, one byte each.
    const array = bytesOf(write.text(name), write.array('f4', shape, 'DATA'))
    const cut = array.length - bytesOf('DATA', 't', 'b').length
    return [array.slice(0, cut), before, bytesOf(opcode, littleEndian(length, 4)), length, after, bytesOf('tb')]
  })
  const file = sparseFile('w.pdparams', [bytesOf(0x80, 4, '}('), ...arrays, bytesOf('u.')])
  expect(file.size).toBeGreaterThan(450e6)
  const { tensors, linearLayout } = await readCheckpoint(file)
  expect(tensors.size).toBe(shapes.length)
  expect(linearLayout).toBe('input-output')
  expect(new Set([...tensors.values()].map((entry) => entry.inPlace))).toEqual(new Set([kind === 'bytes']))
  expect(file.bytesRead).toBeLessThan(4e6)
})

test('an array in Fortran order is a transposed one', async () => {
  const bytes = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)
  const { tensors } = await read(one(write.array('f4', [2, 3], write.bytes(bytes), '<', true)))
  expect(tensors.get('a')).toMatchObject({ strides: [1, 2], inPlace: false })
  expect([...(await readTensor(tensors.get('a')!)).data]).toEqual([1, 3, 5, 2, 4, 6])
  const vector = await read(one(write.array('f4', [6], write.bytes(bytes), '<', true)))
  expect(vector.tensors.get('a')!.inPlace).toBe(true)
})

test('text is decoded a byte a character', async () => {
  const { tensors } = await read(one(write.array('u1', [3], latin1('a\u0000ÿ'))))
  expect([...(await readTensor(tensors.get('a')!)).data]).toEqual([97, 0, 255])
})

test('the shapes of the reference are those in the file', async () => {
  const { tensors } = await readCheckpoint(fixture('vqvae/big_params.p2.pdparams'))
  expect([...tensors.keys()].some((name) => name.includes('@@'))).toBe(false)
  const joined = [...tensors.values()].filter((entry) => elementCount(entry.shape) > 400)
  expect(joined.length).toBeGreaterThan(0)
  for (const entry of joined) expect((await readTensor(entry)).data).toHaveLength(elementCount(entry.shape))
})

const slices = (shape: PicklePart, keys: PicklePart, ...more: [string, PicklePart][]) =>
  write.dict([
    ['a@@.0', write.array('f4', [1], write.bytes(four))],
    ...more,
    [
      'UnpackBigParamInfor@@',
      write.dict([
        [
          'a',
          write.dict([
            ['OriginShape', shape],
            ['slices', keys],
          ]),
        ],
      ]),
    ],
  ])

test.each<[string, PicklePart, string]>([
  ['no arrays', write.dict([['epoch', write.int(1)]]), 'holds no arrays'],
  [
    'an array without state',
    one(write.call(write.global('numpy.core.multiarray', '_reconstruct'), 'N')),
    'tensor "a" is an array without shape and data',
  ],
  ['objects', one(write.array('O8', [1], write.bytes(four))), 'tensor "a" has elements of numpy type "O8"'],
  ['big-endian numbers', one(write.array('f4', [1], write.bytes(four), '>')), 'tensor "a" is big-endian'],
  ['too few bytes', one(write.array('f4', [2], write.bytes(four))), 'tensor "a" has 4 bytes, its shape [2] needs 8'],
  ['too many bytes', one(write.array('f4', [], write.bytes(new Uint8Array(8)))), 'has 8 bytes, its shape [] needs 4'],
  ['a shape of too many', one(write.array('f4', [2 ** 30, 2 ** 30], write.bytes(four))), 'has 4 bytes, its shape'],
  [
    'too short a text',
    one(write.array('u1', [4], latin1('abc'))),
    'has a text of length 3, its shape [4] needs 4 bytes',
  ],
  ['too short a long text', one(write.array('u1', [5001], latin1('a'.repeat(5000)))), 'has a text of length 5000'],
  ['too long a long text', one(write.array('u1', [2000], latin1('a'.repeat(5000)))), 'has a text of length 5000'],
  [
    'slices of no shape',
    slices('N', ['](', write.text('a@@.0'), 'e']),
    'tensor "a" was cut into slices, but has no shape',
  ],
  ['a slice that is missing', slices(write.ints([1]), ['](', write.text('a@@.1'), 'e']), 'of which one is missing'],
  ['no slices', slices(write.ints([1]), ']'), 'was cut into no slices'],
  ['slices that are too few', slices(write.ints([2]), ['](', write.text('a@@.0'), 'e']), 'do not make its shape [2]'],
  [
    'slices of two types',
    slices(
      write.ints([2]),
      ['](', write.text('a@@.0'), write.text('a@@.1'), 'e'],
      ['a@@.1', write.array('i4', [1], write.bytes(four))],
    ),
    'do not make its shape [2]',
  ],
  ['a name of torch', one(write.global('torch', 'FloatStorage')), 'names "torch.FloatStorage", which no weights need'],
  ['a persistent id', one([write.text('0'), 'Q']), 'has persistent ids, which only torch files have'],
  [
    'bytes after the pickle',
    [one(write.array('f4', [1], write.bytes(four))), '.', 'x'],
    'has 2 bytes after its pickle',
  ],
])('refuses %s', async (_, value, message) => {
  const error = await read(value).catch((caught) => caught)
  expect(error).toBeInstanceOf(CheckpointError)
  expect(error.message).toContain(message)
})

test.each([
  ['characters above 255', 'aĀb'],
  ['characters of three bytes', '€'],
])('text with %s is refused when it is read', async (_, letters) => {
  const text = letters + 'a'.repeat(5000)
  const { tensors } = await read(one(write.array('u1', [text.length], latin1(text))))
  await expect(readTensor(tensors.get('a')!)).rejects.toThrow(`tensor "a" is text of other than ${text.length} bytes`)
})
