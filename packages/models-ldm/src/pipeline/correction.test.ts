import { createNodeBackend } from '@latentkit/backend-node'
import { createTorchGenerator, float32, resizeTensor, type Tensor } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { afterAll, expect, test } from 'vitest'
import { createGraphSession } from '../create-graph-session.ts'
import { buildBackProjection } from './back-projection.ts'

const backend = createNodeBackend()
afterAll(() => backend.dispose())

/** The same by Pillow's resize. */
function expected(large: Tensor<'float32'>, small: Tensor<'float32'>, iterations: number): Float32Array {
  const size = ({ shape }: Tensor) => ({ height: shape[2]!, width: shape[3]! })
  let result = large
  for (let i = 0; i < iterations; i++) {
    const reduced = resizeTensor(result, size(small), 'bicubic')
    const missing = float32(
      small.shape,
      small.data.map((value, k) => value - reduced.data[k]!),
    )
    const correction = resizeTensor(missing, size(large), 'bicubic')
    result = float32(
      large.shape,
      result.data.map((value, k) => value + correction.data[k]!),
    )
  }
  return result.data.map((value) => Math.min(1, Math.max(-1, value)))
}

test.each([
  [1, 1],
  [2, 9],
  [13, 16],
])('a picture of %i×%i is treated as by Pillow’s resize', async (height, width) => {
  const generator = createTorchGenerator(3)
  const draw = (shape: number[]) =>
    float32(
      shape,
      generator.randn(shape).data.map((value) => value * 0.4),
    )
  const small = draw([2, 3, height, width])
  const large = draw([2, 3, height * 4, width * 4])
  const graph = buildBackProjection({ batch: 2, height, width, scale: 4, iterations: 2 })
  const session = await createGraphSession(backend, graph)
  const { sample } = await session.run({ small, large })
  expect(largestDifference((sample as Tensor<'float32'>).data, expected(large, small, 2))).toBeLessThan(2e-6)
})
