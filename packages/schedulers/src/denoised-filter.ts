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
  const rank = Math.floor(position)
  // Without their sign, bits of floats are in order: the upper ones part the sizes into buckets, and only those of the
  // bucket where the rank lies and above need sorting.
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const counts = new Uint32Array(1 << 12)
  for (let i = 0; i < bits.length; i++) counts[(bits[i]! << 1) >>> 20]! += 1
  let [bucket, smaller] = [0, 0]
  while (smaller + counts[bucket]! <= rank) smaller += counts[bucket++]!
  const rest = new Float32Array(values.length - smaller)
  for (let i = 0, n = 0; i < bits.length; i++) if ((bits[i]! << 1) >>> 20 >= bucket) rest[n++] = Math.abs(values[i]!)
  rest.sort()
  const low = rest[rank - smaller]!
  const high = rest[rank - smaller + 1] ?? low
  return low + (high - low) * (position - rank)
}
