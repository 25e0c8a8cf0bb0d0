import { elementCount, type Tensor, tensor } from '@latentkit/core'
import { assertSameType } from '../assert-same-type.ts'
import type { Value } from '../graph.ts'
import type { GraphWriter } from '../graph-builder.ts'
import { GraphError } from '../graph-error.ts'

/** Operators that move elements without changing them. Axes may be negative, counted from the end. */
export interface ShapeOps {
  /** The same elements in another shape. */
  reshape(x: Value, shape: readonly number[]): Value
  /** Axes in another order. */
  transpose(x: Value, order: readonly number[]): Value
  /** Values one after the other along `axis`. */
  concatenate(values: readonly Value[], axis: number): Value
  /** Elements `start` … `end` − 1 along `axis`. */
  slice(x: Value, axis: number, start: number, end: number): Value
  /** Equal parts along `axis`. */
  split(x: Value, axis: number, parts: number): readonly Value[]
}

/** A possibly negative axis of a value as a plain index. */
export function axisOf(x: Value, axis: number): number {
  const index = axis < 0 ? axis + x.shape.length : axis
  if (x.shape[index] === undefined) throw new GraphError('axis', `${axis} is not an axis of [${x.shape}]`)
  return index
}

export function createShapeOps(graph: GraphWriter): ShapeOps {
  const whole = (...values: number[]) => graph.constant(int64(values))

  function slice(x: Value, signed: number, start: number, end: number): Value {
    const axis = axisOf(x, signed)
    if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= x.shape[axis]!)) {
      throw new GraphError('Slice', `${start} to ${end} is outside axis ${axis} of [${x.shape}]`)
    }
    const inputs = [x, whole(start), whole(end), whole(axis)]
    return graph.node('Slice', { inputs, dtype: x.dtype, shape: x.shape.with(axis, end - start) })
  }

  return {
    reshape(x, shape) {
      if (elementCount(shape) !== elementCount(x.shape))
        throw new GraphError('Reshape', `[${x.shape}] does not fit [${shape}]`)
      return graph.node('Reshape', { inputs: [x, whole(...shape)], dtype: x.dtype, shape })
    },
    transpose(x, order) {
      if (order.length !== x.shape.length || new Set(order).size !== order.length) {
        throw new GraphError('Transpose', `order [${order}] is not one of the axes of [${x.shape}]`)
      }
      const shape = order.map((axis) => x.shape[axis]!)
      return graph.node('Transpose', { inputs: [x], dtype: x.dtype, shape, attributes: { perm: order } })
    },
    concatenate(values, signed) {
      const [first, ...others] = values
      if (!first) throw new GraphError('Concat', 'there are no values')
      const axis = axisOf(first, signed)
      for (const value of values) {
        const fits =
          value.shape.length === first.shape.length &&
          value.shape.every((size, i) => i === axis || size === first.shape[i])
        if (!fits) throw new GraphError('Concat', `[${value.shape}] does not fit [${first.shape}] along axis ${axis}`)
      }
      assertSameType('Concat', first, ...others)
      const size = values.reduce((sum, value) => sum + value.shape[axis]!, 0)
      return graph.node('Concat', {
        inputs: values,
        dtype: first.dtype,
        shape: first.shape.with(axis, size),
        attributes: { axis },
      })
    },
    slice,
    split(x, signed, parts) {
      const axis = axisOf(x, signed)
      const size = x.shape[axis]! / parts
      return Array.from({ length: parts }, (_, part) => slice(x, axis, part * size, (part + 1) * size))
    },
  }
}

function int64(values: readonly number[]): Tensor<'int64'> {
  return tensor('int64', [values.length], BigInt64Array.from(values, BigInt))
}
