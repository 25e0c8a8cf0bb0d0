import { memoryFile, WeightError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { computedFile } from './computed-file.ts'
import { findTensor } from './find-tensor.ts'
import { readTensor } from './read-tensor.ts'
import { tensorEntry } from './tensor-entry.ts'
import type { TensorIndex } from './tensor-index.ts'

const file = memoryFile('w', new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer))
const place = (shape: number[], strides?: number[], offset = 0) =>
  tensorEntry({ name: 'a', dtype: 'float32', shape, file, offset, strides })

test('a strided tensor spans what it walks over and is read row by row', async () => {
  const entry = place([2, 3], [6, 2], 8)
  expect(entry).toMatchObject({ offset: 8, byteLength: 44, strides: [6, 2], inPlace: false })
  expect([...(await readTensor(entry)).data]).toEqual([2, 4, 6, 8, 10, 12])
  expect([...(await readTensor(place([3, 2], [1, 3]))).data]).toEqual([0, 3, 1, 4, 2, 5])
  expect([...(await readTensor(place([2, 2], [0, 1]))).data]).toEqual([0, 1, 0, 1])
})

test('strides that change nothing are dropped', () => {
  expect(place([2, 3], [3, 1])).toEqual(place([2, 3]))
  expect(place([1, 3], [99, 1])).toEqual(place([1, 3]))
  expect(place([0, 3], [7, 7])).toEqual(place([0, 3]))
  expect(place([], [])).toMatchObject({ byteLength: 4, inPlace: true })
})

test('what is made when read is not in place', () => {
  const made = computedFile('made', 4, { how: 'joined', parts: [] }, async () => new Uint8Array(4))
  expect(tensorEntry({ name: 'a', dtype: 'uint8', shape: [4], file: made, offset: 0 }).inPlace).toBe(false)
})

test('a file that is made when read gives nothing beside itself', async () => {
  const made = computedFile('made', 4, { how: 'joined', parts: [] }, async (_, length) => new Uint8Array(length))
  expect(await made.read(4, 0)).toEqual(new Uint8Array(0))
  expect(await made.read(0, 4)).toHaveLength(4)
  for (const [offset, length] of [
    [-1, 2],
    [2, -1],
    [2, 3],
  ] as const)
    await expect(made.read(offset, length)).rejects.toThrow(`made: bytes ${offset} to ${offset + length} asked of 4.`)
})

test('a missing tensor is named with its nearest neighbour', () => {
  const tensors = new Map(['conv_in.weight', 'conv_out.bias'].map((name) => [name, place([1])]))
  const index: TensorIndex = { name: 'w', format: 'safetensors', linearLayout: 'output-input', metadata: {}, tensors }
  expect(findTensor(index, 'conv_in.weight')).toBe(tensors.get('conv_in.weight'))
  expect(() => findTensor(index, 'conv_in.bias')).toThrow(WeightError)
  expect(() => findTensor(index, 'conv_in.bias')).toThrow(
    'Weight "conv_in.bias" is missing from w (2 tensors; nearest: "conv_out.bias").',
  )
  const nearest = (wanted: string, ...names: string[]) => {
    const tensors = new Map(names.map((name) => [name, place([1])]))
    try {
      findTensor({ ...index, tensors }, wanted)
    } catch (error) {
      return /nearest: "(.*)"/.exec((error as Error).message)?.[1]
    }
  }
  // The longest beginning and end together; of equals the first.
  expect(nearest('mid.0.norm.weight', 'mid.1.norm.weight', 'mid.0.norm.bias', 'weight')).toBe('mid.1.norm.weight')
  expect(nearest('aab', 'ab', 'aaab')).toBe('aaab')
  expect(nearest('ab', 'ax', 'yb')).toBe('ax')
  expect(nearest('ab', 'xy')).toBeUndefined()
  expect(nearest('ab')).toBeUndefined()
  const complex = { ...place([1]), dtype: 'complex64' as const }
  expect(() => findTensor({ ...index, tensors: new Map([['z', complex]]) }, 'z')).toThrow('cannot be read')
})
