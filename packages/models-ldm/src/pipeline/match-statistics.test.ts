import { float32, rasterImage } from '@latentkit/core'
import { expect, test } from 'vitest'
import { createStatistics, matchStatistics } from './match-statistics.ts'

const channels = (values: readonly number[][]) =>
  float32([1, 3, 1, values[0]!.length], Float32Array.from(values.flat()))

test('statistics are those of all parts together, channel by channel', () => {
  const { add, result } = createStatistics()
  add(
    channels([
      [0, 1],
      [0.5, 0.5],
      [-1, 1],
    ]),
  )
  add(channels([[1], [0.5], [0]]))
  const { means, deviations } = result()
  expect(means.map((mean) => mean.toFixed(4))).toEqual(['0.6667', '0.5000', '0.0000'])
  expect(deviations.map((deviation) => deviation.toFixed(4))).toEqual(['0.4714', '0.0000', '0.8165'])
})

test('each channel gets the mean and deviation that are wanted, one without any the mean alone', () => {
  const image = rasterImage(2, 1, 3, Uint8Array.of(51, 102, 0, 153, 102, 255))
  const from = { means: [-0.2, -0.2, 0], deviations: [0.4, 0, 1] }
  const to = { means: [0, 0.2, 0.5], deviations: [0.2, 0.3, 1] }
  matchStatistics(image, from, to)
  // The last would be outside of what a sample holds.
  expect([...image.data]).toEqual([102, 153, 64, 153, 153, 255])
})
