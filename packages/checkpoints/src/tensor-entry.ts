import { elementCount, type RandomAccessFile } from '@latentkit/core'
import { isComputed } from './computed-file.ts'
import { bitsPerElement, type StoredDType } from './stored-dtype.ts'
import type { TensorEntry } from './tensor-index.ts'

/** What a tensor is and where its first element lies. */
export interface TensorPlace<D extends StoredDType = StoredDType> {
  readonly name: string
  readonly dtype: D
  readonly shape: readonly number[]
  readonly file: RandomAccessFile
  /** Of the first element, in bytes. */
  readonly offset: number
  /** Steps in elements along each axis; row-major if absent. */
  readonly strides?: readonly number[] | undefined
}

/** Makes an entry: how many bytes it spans, and whether they are the values just as they are, follows from the place. */
export function tensorEntry<D extends StoredDType>(place: TensorPlace<D>): TensorEntry<D> {
  const { name, dtype, file, offset } = place
  const shape = Object.freeze([...place.shape])
  const gapless = place.strides === undefined || isRowMajor(shape, place.strides)
  const byteLength = Math.ceil(
    (spannedElements(shape, gapless ? undefined : place.strides) * bitsPerElement(dtype)) / 8,
  )
  const entry = { name, dtype, shape, file, offset, byteLength, inPlace: gapless && !isComputed(file) }
  return Object.freeze(gapless ? entry : { ...entry, strides: Object.freeze([...place.strides!]) })
}

/** Steps in elements of a row-major tensor without gaps. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!
  return strides
}

/** True if a walk by `strides` meets the elements in row-major order without gaps; steps along axes of one element do not matter. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  if (elementCount(shape) === 0) return true
  const expected = rowMajorStrides(shape)
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis])
}

function spannedElements(shape: readonly number[], strides: readonly number[] | undefined): number {
  if (strides === undefined || elementCount(shape) === 0) return elementCount(shape)
  return 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0)
}
