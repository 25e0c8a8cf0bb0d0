import { float32 } from '@latentkit/core'
import type { Value } from '../graph.ts'
import type { GraphWriter } from '../graph-builder.ts'

/** Operators that change the resolution of `[n, c, h, w]`. */
export interface SamplingOps {
  /** Repeats every pixel `factor` times in both directions. */
  upsampleNearest(x: Value, factor: number): Value
  /** Means of `size`×`size` pixels, side by side. An incomplete last row or column is left out. */
  averagePool(x: Value, size: number): Value
}

export function createSamplingOps(graph: GraphWriter): SamplingOps {
  return {
    upsampleNearest(x, factor) {
      const [n, c, h, w] = x.shape as [number, number, number, number]
      const scales = graph.constant(float32([4], [1, 1, factor, factor]))
      return graph.node('Resize', {
        inputs: [x, undefined, scales],
        dtype: x.dtype,
        shape: [n, c, h * factor, w * factor],
        attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
      })
    },
    averagePool(x, size) {
      const [n, c, h, w] = x.shape as [number, number, number, number]
      return graph.node('AveragePool', {
        inputs: [x],
        dtype: x.dtype,
        shape: [n, c, Math.floor(h / size), Math.floor(w / size)],
        attributes: { kernel_shape: [size, size], strides: [size, size] },
      })
    },
  }
}
