import { expect, test } from 'vitest'
import { allocate, viewBytes } from './dtype.ts'
import { createTorchGenerator } from './random/torch-generator.ts'
import { sameShape, tensor } from './tensor.ts'

test('a type that there is not, and values of another, are refused', () => {
  expect(() => tensor('f32' as 'float32', [1], new Float32Array(1))).toThrow(
    /^dtype is "f32"; expected one of float64, /,
  )
  expect(() => tensor('float32', [1], new Uint8Array(1) as never)).toThrow(
    'data is a Uint8Array of 1 bytes; expected a Float32Array, which holds float32.',
  )
  expect(() => tensor('float32', [1], undefined as never)).toThrow('data is undefined; expected a Float32Array')
  expect(tensor('uint8', [2], Buffer.from('ab')).shape).toEqual([2])
  expect(() => tensor('float32', [2], new Float32Array(1))).toThrow('shape is [2]; expected whole sizes')
  expect(() => createTorchGenerator(0).randn([3], 'float16' as never)).toThrow(
    'dtype is "float16"; expected float32 or float64.',
  )
})

test('shapes are the same if all their sizes are', () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true)
  for (const other of [[2], [2, 4], [3, 3], [2, 3, 1], []]) expect(sameShape([2, 3], other)).toBe(false)
})

test('bytes become values where they lie, a copy where they lie askew', () => {
  const bytes = new Uint8Array(12)
  new DataView(bytes.buffer).setFloat32(5, 7, true)
  new DataView(bytes.buffer).setUint8(1, 3)
  const aligned = viewBytes('float32', bytes.subarray(4))
  expect([aligned.buffer, aligned.byteOffset, aligned.length]).toEqual([bytes.buffer, 4, 2])
  expect(viewBytes('float32', bytes.subarray(5, 9))).toEqual(Float32Array.of(7))
  // Of a Node Buffer, `slice` would be no copy.
  expect(viewBytes('float32', Buffer.from(bytes.buffer, 5, 4))).toEqual(Float32Array.of(7))
  expect(viewBytes('uint8', bytes.subarray(1, 2))).toEqual(Uint8Array.of(3))
  expect(() => viewBytes('uint8', 'x' as never)).toThrow('bytes is "x"; expected a Uint8Array.')
})

test('there may be no values at all', () => {
  expect(allocate('float32', 0)).toEqual(new Float32Array(0))
  expect(tensor('float32', [0, 3], new Float32Array(0)).shape).toEqual([0, 3])
})
