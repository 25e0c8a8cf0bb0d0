import { expect, test } from 'vitest'
import { type AnyTensor, float32, type Tensor } from './tensor.ts'

test('a tensor’s own type tells that of its values', () => {
  const given: AnyTensor = float32([1], [7])
  // Checked by the compiler: no cast.
  const narrowed: Tensor<'float32'> | undefined = given.dtype === 'float32' ? given : undefined
  const values: Float32Array | undefined = narrowed?.data
  const any: Tensor = given
  expect([values?.[0], any.dtype]).toEqual([7, 'float32'])
})
