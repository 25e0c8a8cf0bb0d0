import { float32, tensor } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import { seededNoise } from './noise-sources.ts'
import { addByImage, checkShape, combine, scaleLearnedNoise, splitChannels } from './tensor-algebra.ts'

describe('a weighted sum', () => {
  const noise = seededNoise(3)
  const shape = [1, 2, 3, 3]
  const tensors = Array.from({ length: 14 }, () => noise(shape))

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14])('of %i tensors is rounded once', (count) => {
    const terms = tensors.slice(0, count).map((one, i) => [0.3 + 0.7 * i, one] as const)
    const sums = Array.from({ length: 18 }, (_, i) =>
      terms.reduce((sum, [weight, { data }]) => sum + weight * data[i]!, 0),
    )
    expect(combine(...terms)).toEqual(float32(shape, sums))
  })

  test('leaves out what has no weight, however many there are, and a tensor alone is itself', () => {
    const [a, b] = tensors as [(typeof tensors)[0], (typeof tensors)[0]]
    const nothing = tensors.map((one) => [0, one] as const)
    expect(combine([1, a], ...nothing)).toBe(a)
    expect(combine(...nothing, [2, a], [-1, b])).toEqual(combine([2, a], [-1, b]))
    expect(combine(...nothing)).toEqual(float32(shape, new Float32Array(18)))
    expect(combine([2, a])).not.toBe(a)
  })
})

test('each image of a batch is mixed by weights of its own', () => {
  const [a, b] = [float32([2, 1, 2], [1, 2, 3, 4]), float32([2, 1, 2], [10, 20, 30, 40])]
  const weights = [
    [1, 0.5],
    [0, 2],
  ] as const
  expect(addByImage(a, b, weights)).toEqual(float32([2, 1, 2], [6, 12, 60, 80]))
  expect(() => addByImage(a, float32([2, 2], [1, 2, 3, 4]), weights)).toThrow(
    'noise is "float32 [2,2]"; expected float32 [2,1,2].',
  )
  expect(() => addByImage(a, b, [[1, 1]])).toThrow('expected one, or 2, one for each image of the batch.')
})

test('a model’s prediction and its variance lie one behind the other in every image', () => {
  const [prediction, variance] = splitChannels(float32([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]))
  expect(prediction).toEqual(float32([2, 1, 2], [1, 2, 5, 6]))
  expect(variance).toEqual(float32([2, 1, 2], [3, 4, 7, 8]))
})

test('noise is scaled to a learned variance, or between two logarithms of it', () => {
  const noise = float32([2], [1, -2])
  expect(scaleLearnedNoise(noise, float32([2], [4, 9]), { kind: 'variance' })).toEqual(float32([2], [2, -6]))
  const range = { kind: 'range', low: Math.log(4), high: Math.log(16) } as const
  expect(scaleLearnedNoise(noise, float32([2], [-1, 1]), range)).toEqual(float32([2], [2, -8]))
})

test('a tensor of another shape or type is told', () => {
  const doubles = tensor('float64', [2], new Float64Array(2))
  expect(() => checkShape('x', doubles, [2])).toThrow('x is "float64 [2]"; expected float32 [2].')
  checkShape('x', float32([2], [1, 2]), [2])
})
