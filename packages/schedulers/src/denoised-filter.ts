import { float32, type Tensor } from '@latentkit/core'
import type { DenoisedFilter } from './plan.ts'

/** Applies a plan's filter to an estimate of the clean sample, image by image. */
export function filterDenoised(estimate: Tensor<'float32'>, filter: DenoisedFilter | undefined): Tensor<'float32'> {
  if (filter === undefined) return estimate
  const data = new Float32Array(estimate.data)
  if (filter.kind === 'clip') {
    clamp(data, filter.range)
  } else {
    const size = data.length / (estimate.shape[0] ?? 1)
    for (let start = 0; start < data.length; start += size) threshold(data.subarray(start, start + size), filter)
  }
  return float32(estimate.shape, data)
}

function clamp(values: Float32Array, range: number): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(range, Math.max(-range, values[i]!))
}

function threshold(values: Float32Array, { ratio, max }: { readonly ratio: number; readonly max: number }): void {
  const limit = Math.min(max, Math.max(1, quantile(values.map(Math.abs).sort(), ratio)))
  clamp(values, limit)
  for (let i = 0; i < values.length; i++) values[i]! /= limit
}

/** Linear interpolation between order statistics, as torch.quantile. */
function quantile(sorted: Float32Array, ratio: number): number {
  const position = ratio * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (high - low) * (position - below)
}
