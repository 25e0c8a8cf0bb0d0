import { expect, test } from 'vitest'
import { createTorchGenerator } from './random/torch-generator.ts'
import { tensor } from './tensor.ts'

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
