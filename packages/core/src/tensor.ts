import { assertShape } from './assert-shape.ts'
import { allocate, assertHolds, type DataOfDType, type DType } from './dtype.ts'
import { InvalidArgumentError } from './errors/index.ts'

/**
 * A dense row-major array. Pictures and latents are `[batch, channels, height, width]`.
 * The tensor itself is frozen; `data` is shared with whoever made it, never copied.
 */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: DataOfDType[D]
}

/** A tensor whose type is yet to be asked: where its `dtype` is `'float32'`, it is a `Tensor<'float32'>`, and so on. */
export type AnyTensor = { readonly [D in DType]: Tensor<D> }[DType]

/** Number of elements of a shape; 1 for a scalar's `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/**
 * Wraps `data` as a tensor.
 * @throws InvalidArgumentError if there is no such type, or kind or number of the values do not fit.
 */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: DataOfDType[D]): Tensor<D> {
  assertHolds(dtype, data)
  const expected = `whole sizes whose product is ${data.length}, the number of values`
  assertShape(shape, expected)
  if (elementCount(shape) !== data.length) throw new InvalidArgumentError({ argument: 'shape', value: shape, expected })
  return Object.freeze({ dtype, shape: Object.freeze([...shape]), data })
}

/**
 * A float32 tensor; plain numbers are copied into a `Float32Array`.
 * @throws InvalidArgumentError if the values are no list, or not as many as the shape has.
 */
export function float32(shape: readonly number[], data: Float32Array | readonly number[]): Tensor<'float32'> {
  const isList = typeof data === 'object' && data !== null && !(data instanceof Float32Array)
  return tensor('float32', shape, isList ? Float32Array.from(data) : (data as Float32Array))
}

/** A tensor of zeros. @throws InvalidArgumentError if there is no such type, or the shape is no list of whole sizes. */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
  assertShape(shape)
  return tensor(dtype, shape, allocate(dtype, elementCount(shape)))
}

/** True when two shapes have the same sizes. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}
