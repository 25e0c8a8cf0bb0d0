import { createTorchGenerator, float32 } from '@latentkit/core'
import { expect, test } from 'vitest'
import { filterDenoised } from './denoised-filter.ts'

test('clipping leaves the estimate alone and clips its copy', () => {
  const estimate = float32([1, 1, 1, 4], [-3, -0.5, 0.5, 3])
  expect([...filterDenoised(estimate, { kind: 'clip', range: 0.75 }).data]).toEqual([-0.75, -0.5, 0.5, 0.75])
  expect(estimate.data[0]).toBe(-3)
  expect(filterDenoised(estimate, undefined)).toBe(estimate)
})

test('the threshold of each image is its own quantile of absolute values', () => {
  const generator = createTorchGenerator(6)
  for (const size of [1, 2, 3, 16, 17, 1000, 5000]) {
    for (const ratio of [0, 0.3, 0.9, 0.995, 1]) {
      const batch = float32(
        [2, 1, 1, size],
        generator.randn([2 * size]).data.map((value) => 3 * value),
      )
      const filtered = filterDenoised(batch, { kind: 'threshold', ratio, max: 100 })
      for (const start of [0, size]) {
        const image = [...batch.data.subarray(start, start + size)]
        const sorted = image.map(Math.abs).sort((a, b) => a - b)
        const position = ratio * (size - 1)
        const low = sorted[Math.floor(position)]!
        const limit = Math.max(1, low + (sorted[Math.ceil(position)]! - low) * (position % 1))
        const expected = image.map((value) => Math.min(limit, Math.max(-limit, value)) / limit)
        for (const [i, value] of expected.entries()) expect(filtered.data[start + i]).toBeCloseTo(value, 6)
      }
    }
  }
})

test('equal values have a quantile too', () => {
  const filtered = filterDenoised(float32([1, 1, 1, 5], [2, -2, 2, 2, -2]), { kind: 'threshold', ratio: 0.5, max: 9 })
  expect([...filtered.data]).toEqual([1, -1, 1, 1, -1])
})

test('a pattern that misleads a sample of the values does not mislead the threshold', () => {
  const values = Array.from({ length: 4000 }, (_, i) => (i % 4 === 0 ? 8 : 2))
  const filtered = filterDenoised(float32([1, 1, 1, 4000], values), { kind: 'threshold', ratio: 0.5, max: 9 })
  expect(new Set(filtered.data)).toEqual(new Set([1]))
})
