import type { Value } from '../graph.ts'
import type { GraphWriter } from '../graph-builder.ts'
import { GraphError } from '../graph-error.ts'
import { axisOf } from './shape.ts'

/** Operators that weigh along an axis or look things up along one. */
export interface ReductionOps {
  /** Exponentials that sum to 1 along `axis`. */
  softmax(x: Value, axis: number): Value
  /** Rows of `table` (its first axis) chosen by `indices`, int64 or int32: shape `[...indices, ...row]`. */
  gather(table: Value, indices: Value): Value
}

export function createReductionOps(graph: GraphWriter): ReductionOps {
  return {
    softmax: (x, axis) =>
      graph.node('Softmax', { inputs: [x], dtype: x.dtype, shape: x.shape, attributes: { axis: axisOf(x, axis) } }),
    gather(table, indices) {
      if (indices.dtype !== 'int64' && indices.dtype !== 'int32')
        throw new GraphError('Gather', `"${indices.name}" is ${indices.dtype}; indices are int64 or int32, use cast`)
      return graph.node('Gather', {
        inputs: [table, indices],
        dtype: table.dtype,
        shape: [...indices.shape, ...table.shape.slice(1)],
        attributes: { axis: 0 },
      })
    },
  }
}
