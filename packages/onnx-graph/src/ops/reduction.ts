import { tensor } from '@latentkit/core'
import type { Value } from '../graph.ts'
import type { GraphWriter } from '../graph-builder.ts'
import { axisOf } from './shape.ts'

/** Operators that reduce an axis or look things up along one. */
export interface ReductionOps {
  /** Exponentials that sum to 1 along `axis`. */
  softmax(x: Value, axis: number): Value
  /** The sum along `axis`, which stays with size 1. */
  sum(x: Value, axis: number): Value
  /** Index (int64) of the largest value along `axis`, the first of equal ones; the axis goes away. */
  argMax(x: Value, axis: number): Value
  /** Rows of `table` (its first axis) chosen by `indices`: shape `[...indices, ...row]`. */
  gather(table: Value, indices: Value): Value
}

export function createReductionOps(graph: GraphWriter): ReductionOps {
  return {
    softmax: (x, axis) =>
      graph.node('Softmax', { inputs: [x], dtype: x.dtype, shape: x.shape, attributes: { axis: axisOf(x, axis) } }),
    sum(x, signed) {
      const axis = axisOf(x, signed)
      const axes = graph.constant(tensor('int64', [1], BigInt64Array.of(BigInt(axis))))
      return graph.node('ReduceSum', {
        inputs: [x, axes],
        dtype: x.dtype,
        shape: x.shape.with(axis, 1),
        attributes: { keepdims: 1 },
      })
    },
    argMax(x, signed) {
      const axis = axisOf(x, signed)
      return graph.node('ArgMax', {
        inputs: [x],
        dtype: 'int64',
        shape: x.shape.toSpliced(axis, 1),
        attributes: { axis, keepdims: 0 },
      })
    },
    gather: (table, indices) =>
      graph.node('Gather', {
        inputs: [table, indices],
        dtype: table.dtype,
        shape: [...indices.shape, ...table.shape.slice(1)],
        attributes: { axis: 0 },
      }),
  }
}
