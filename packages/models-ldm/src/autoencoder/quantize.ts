import type { Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'

/** Most bytes of distances held at once. */
const distanceBytes = 8 * 2 ** 20

/** The nearest code of each latent pixel. */
export interface Quantized {
  /** The codes themselves, `[n, dim, h, w]`. */
  readonly latents: Value
  /** Their indices, int64 `[n, h, w]`; of equally near codes the first. */
  readonly indices: Value
}

/**
 * Replaces each pixel of `[n, dim, h, w]` by the nearest of `count` codes (van den Oord et al. 2017).
 * The nearest code has the largest z·e − |e|²/2; pixels are taken a part at a time, so that the pixels × codes matrix
 * never exists as a whole.
 */
export function quantize(scope: Scope, latents: Value, count: number): Quantized {
  const { graph } = scope
  const [n, dim, height, width] = latents.shape as [number, number, number, number]
  const codes = scope.weight('embedding.weight', [count, dim])
  const halfNorms = graph.multiply(graph.reshape(graph.sum(graph.multiply(codes, codes), 1), [1, count]), -0.5)
  const pixels = n * height * width
  const rows = graph.reshape(graph.transpose(latents, [0, 2, 3, 1]), [pixels, dim])
  const step = Math.max(1, Math.floor(distanceBytes / (count * 4)))
  const parts: Value[] = []
  for (let start = 0; start < pixels; start += step) {
    const part = graph.slice(rows, 0, start, Math.min(start + step, pixels))
    parts.push(graph.argMax(graph.gemm(part, codes, { transposeB: true, c: halfNorms }), 1))
  }
  const flat = parts.length === 1 ? parts[0]! : graph.concatenate(parts, 0)
  const found = graph.reshape(graph.gather(codes, flat), [n, height, width, dim])
  return { latents: graph.transpose(found, [0, 3, 1, 2]), indices: graph.reshape(flat, [n, height, width]) }
}
