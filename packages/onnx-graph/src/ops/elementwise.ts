import type { DType } from '@latentkit/core'
import { assertSameType } from '../assert-same-type.ts'
import type { Value } from '../graph.ts'
import type { GraphWriter } from '../graph-builder.ts'
import { GraphError } from '../graph-error.ts'
import { onnxDataType } from '../onnx-data-type.ts'

/** Operators that work on each element by itself; two operands are broadcast as in numpy. */
export interface ElementwiseOps {
  add(a: Value, b: Value | number): Value
  subtract(a: Value, b: Value | number): Value
  multiply(a: Value, b: Value | number): Value
  divide(a: Value, b: Value | number): Value
  sigmoid(x: Value): Value
  tanh(x: Value): Value
  erf(x: Value): Value
  softplus(x: Value): Value
  relu(x: Value): Value
  /** Natural logarithm. */
  logarithm(x: Value): Value
  /** Limits every element to the range. */
  clamp(x: Value, low: number, high: number): Value
  sine(x: Value): Value
  cosine(x: Value): Value
  /** Converts the element type; the value itself if it has that type already. */
  cast(x: Value, dtype: DType): Value
}

/** The shape that two shapes have together when broadcast, or undefined if they do not fit. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    const sizeA = a[axis - (rank - a.length)] ?? 1
    const sizeB = b[axis - (rank - b.length)] ?? 1
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) return undefined
    shape.push(sizeA === 1 ? sizeB : sizeA)
  }
  return shape
}

export function createElementwiseOps(graph: GraphWriter): ElementwiseOps {
  const unary = (operator: string) => (x: Value) =>
    graph.node(operator, { inputs: [x], dtype: x.dtype, shape: x.shape })
  const binary = (operator: string) => (a: Value, second: Value | number) => {
    const b = typeof second === 'number' ? graph.constantLike(a, [], [second]) : second
    const shape = broadcastShapes(a.shape, b.shape)
    if (!shape) throw new GraphError(operator, `shapes [${a.shape}] and [${b.shape}] do not fit`)
    assertSameType(operator, a, b)
    return graph.node(operator, { inputs: [a, b], dtype: a.dtype, shape })
  }
  return {
    add: binary('Add'),
    subtract: binary('Sub'),
    multiply: binary('Mul'),
    divide: binary('Div'),
    sigmoid: unary('Sigmoid'),
    tanh: unary('Tanh'),
    erf: unary('Erf'),
    softplus: unary('Softplus'),
    relu: unary('Relu'),
    logarithm: unary('Log'),
    clamp(x, low, high) {
      const limits = [low, high].map((limit) => graph.constantLike(x, [], [limit]))
      return graph.node('Clip', { inputs: [x, ...limits], dtype: x.dtype, shape: x.shape })
    },
    sine: unary('Sin'),
    cosine: unary('Cos'),
    cast(x, dtype) {
      if (x.dtype === dtype) return x
      return graph.node('Cast', { inputs: [x], dtype, shape: x.shape, attributes: { to: onnxDataType[dtype] } })
    },
  }
}
