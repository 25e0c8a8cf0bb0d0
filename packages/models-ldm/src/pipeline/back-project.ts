import { float32, resizeTensor, type Tensor } from '@latentkit/core'

/**
 * Iterative back-projection (Irani & Peleg 1991): adds what the enlarged picture, reduced again, lacks of the small one,
 * so that both agree. Both are `[n, c, h, w]` in −1…1; the result is clamped to that range.
 */
export function backProject(large: Tensor<'float32'>, small: Tensor<'float32'>, iterations: number): Tensor<'float32'> {
  const size = (source: Tensor) => ({ height: source.shape[2]!, width: source.shape[3]! })
  let result = large
  for (let i = 0; i < iterations; i++) {
    const reduced = resizeTensor(result, size(small), 'bicubic')
    const missing = float32(
      small.shape,
      small.data.map((value, k) => value - reduced.data[k]!),
    )
    const correction = resizeTensor(missing, size(large), 'bicubic').data
    result = float32(
      large.shape,
      result.data.map((value, k) => value + correction[k]!),
    )
  }
  return float32(
    large.shape,
    result.data.map((value) => Math.min(1, Math.max(-1, value))),
  )
}
