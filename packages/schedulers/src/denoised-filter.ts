import { float32, type Tensor } from '@latentkit/core'
import type { DenoisedFilter } from './plan.ts'

/** Applies a plan's filter to an estimate of the clean sample, image by image. */
export function filterDenoised(estimate: Tensor<'float32'>, filter: DenoisedFilter | undefined): Tensor<'float32'> {
  if (filter === undefined) return estimate
  const { data, shape } = estimate
  const result = new Float32Array(data.length)
  const size = data.length / (shape[0] ?? 1)
  for (let start = 0; start < data.length; start += size) {
    const limit = filter.kind === 'clip' ? filter.range : limitOf(data.subarray(start, start + size), filter)
    const divisor = filter.kind === 'clip' ? 1 : limit
    for (let i = start; i < start + size; i++) result[i] = Math.min(limit, Math.max(-limit, data[i]!)) / divisor
  }
  return float32(shape, result)
}

function limitOf(image: Float32Array, { ratio, max }: { readonly ratio: number; readonly max: number }): number {
  return max <= 1 ? max : Math.min(max, Math.max(1, quantileOfSizes(image, ratio)))
}

/** Quantile of absolute values with linear interpolation between order statistics, as torch.quantile. */
function quantileOfSizes(values: Float32Array, ratio: number): number {
  const position = ratio * (values.length - 1)
  const below = Math.floor(position)
  let upper = sizesFrom(boundBelow(values, ratio), values)
  // A sample may mislead: then all are looked through.
  if (values.length - upper.length > below) upper = sizesFrom(0, values)
  const rank = below - (values.length - upper.length)
  const low = select(upper, rank)
  let high = upper[rank + 1] ?? low
  for (let i = rank + 2; i < upper.length; i++) high = Math.min(high, upper[i]!)
  return low + (high - low) * (position - below)
}

/** A size that is very likely below the quantile, but not far, from a sample of about a thousand values. */
function boundBelow(values: Float32Array, ratio: number): number {
  const stride = Math.ceil(values.length / 1000)
  const sample = Float32Array.from({ length: Math.floor(values.length / stride) }, (_, i) =>
    Math.abs(values[i * stride]!),
  ).sort()
  const deviation = Math.sqrt(sample.length * ratio * (1 - ratio))
  return sample[Math.floor(sample.length * ratio - 4 * deviation) - 1] ?? 0
}

/** The absolute values that are not smaller than `bound`. */
function sizesFrom(bound: number, values: Float32Array): Float32Array {
  const sizes = new Float32Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!)
    sizes[count] = size
    if (size >= bound) count++
  }
  return sizes.subarray(0, count)
}

/** The value that sorting would put at `rank`; smaller ones end up before it, larger ones after (Hoare 1961). */
function select(values: Float32Array, rank: number): number {
  let [first, last] = [0, values.length - 1]
  while (first < last) {
    const pivot = values[(first + last) >> 1]!
    let [i, j] = [first, last]
    while (i <= j) {
      while (values[i]! < pivot) i += 1
      while (values[j]! > pivot) j -= 1
      if (i > j) break
      const held = values[i]!
      values[i++] = values[j]!
      values[j--] = held
    }
    if (rank <= j) last = j
    else if (rank >= i) first = i
    else break
  }
  return values[rank]!
}
