import type { Value } from '../graph.ts'
import type { GraphWriter } from '../graph-builder.ts'
import { axisOf } from './shape.ts'

/** Operators that weigh along an axis or look things up along one. */
export interface ReductionOps {
  /** Exponentials that sum to 1 along `axis`. */
  softmax(x: Value, axis: number): Value
  /** Rows of `table` (its first axis) chosen by `indices`: shape `[...indices, ...row]`. */
  gather(table: Value, indices: Value): Value
}

export function createReductionOps(graph: GraphWriter): ReductionOps {
  return {
    softmax: (x, axis) =>
      graph.node('Softmax', { inputs: [x], dtype: x.dtype, shape: x.shape, attributes: { axis: axisOf(x, axis) } }),
    gather: (table, indices) =>
      graph.node('Gather', {
        inputs: [table, indices],
        dtype: table.dtype,
        shape: [...indices.shape, ...table.shape.slice(1)],
        attributes: { axis: 0 },
      }),
  }
}
