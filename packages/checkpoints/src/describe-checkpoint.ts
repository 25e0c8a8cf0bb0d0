import { elementCount } from '@latentkit/core'
import type { StoredDType } from './stored-dtype.ts'
import type { CheckpointFormat, LinearLayout, TensorIndex } from './tensor-index.ts'

/** A tensor as plain data. */
export interface TensorDescription {
  readonly name: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  /** Name of the file it lies in. */
  readonly file: string
  readonly offset: number
  readonly byteLength: number
  readonly inPlace: boolean
}

/** A weight file as plain data, for printing as JSON. */
export interface CheckpointDescription {
  readonly name: string
  readonly format: CheckpointFormat
  readonly linearLayout: LinearLayout
  readonly metadata: Readonly<Record<string, string>>
  /** Elements of all tensors. */
  readonly parameters: number
  /** Number of tensors of each element type. */
  readonly dtypes: Readonly<Partial<Record<StoredDType, number>>>
  readonly tensors: readonly TensorDescription[]
}

/** What a weight file holds. Reads nothing. */
export function describeCheckpoint(index: TensorIndex): CheckpointDescription {
  const { name, format, linearLayout, metadata } = index
  const entries = [...index.tensors.values()]
  const dtypes: Partial<Record<StoredDType, number>> = {}
  for (const { dtype } of entries) dtypes[dtype] = (dtypes[dtype] ?? 0) + 1
  return {
    name,
    format,
    linearLayout,
    metadata,
    parameters: entries.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    dtypes,
    tensors: entries.map(({ file, name, dtype, shape, offset, byteLength, inPlace }) => ({
      name,
      dtype,
      shape,
      file: file.name,
      offset,
      byteLength,
      inPlace,
    })),
  }
}
