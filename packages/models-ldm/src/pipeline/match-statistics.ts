import { largestSample, type RasterImage, sampleDepth, type Tensor, zeroSamples } from '@latentkit/core'

/** Mean and standard deviation of each of three channels, in −1…1. */
export interface ChannelStatistics {
  readonly means: readonly number[]
  readonly deviations: readonly number[]
}

/** Gathers statistics of `[1, 3, h, w]` tensors, part by part. */
export function createStatistics(): { add(part: Tensor<'float32'>): void; result(): ChannelStatistics } {
  const sums = [0, 0, 0]
  const squares = [0, 0, 0]
  let count = 0
  return {
    add({ data }) {
      const plane = data.length / 3
      count += plane
      for (let c = 0; c < 3; c++) {
        for (let i = c * plane; i < (c + 1) * plane; i++) {
          sums[c]! += data[i]!
          squares[c]! += data[i]! ** 2
        }
      }
    },
    result() {
      const means = sums.map((sum) => sum / count)
      const deviations = squares.map((square, c) => Math.sqrt(Math.max(0, square / count - means[c]! ** 2)))
      return { means, deviations }
    },
  }
}

/**
 * Gives every channel of a picture another mean and deviation (adaptive instance normalisation, Huang & Belongie 2017). Its samples
 * are changed where they lie: a copy of a large result would take as much again.
 * @param from what the picture has
 */
export function matchStatistics(image: RasterImage, from: ChannelStatistics, to: ChannelStatistics): void {
  const { channels, data } = image
  const depth = sampleDepth(image)
  const largest = largestSample(depth)
  const tables = from.means.map((mean, c) => {
    const factor = from.deviations[c]! > 0 ? to.deviations[c]! / from.deviations[c]! : 1
    return zeroSamples(largest + 1, depth).map((_, sample) => {
      const value = ((2 * sample) / largest - 1 - mean) * factor + to.means[c]!
      return Math.round(Math.min(1, Math.max(0, (value + 1) / 2)) * largest)
    })
  })
  for (let i = 0; i < data.length; i++) data[i] = tables[i % channels]![data[i]!]!
}
