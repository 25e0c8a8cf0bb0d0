import {
  type AnyTensor,
  allocate,
  CheckpointError,
  type DType,
  elementCount,
  type Tensor,
  tensor,
  viewBytes,
} from '@latentkit/core'
import { isReadableDType, type StoredDType } from './stored-dtype.ts'
import type { TensorEntry } from './tensor-index.ts'

/**
 * Reads one tensor; strided ones are brought into row-major order. Only the bytes it spans are read.
 * Do not write into its values: they may be the file's own bytes.
 * @throws CheckpointError if its element type is not one that can be read (`isReadableDType`), or its bytes break the format;
 *   ModelFilesError if the file cannot be read.
 */
export async function readTensor<D extends DType>(entry: TensorEntry<D>): Promise<Tensor<D>>
export async function readTensor(entry: TensorEntry): Promise<AnyTensor>
export async function readTensor(entry: TensorEntry): Promise<AnyTensor> {
  const { dtype, shape, strides, file } = entry
  requireReadable(entry)
  const values = viewBytes(dtype as DType, await file.read(entry.offset, entry.byteLength))
  const inOrder = strides === undefined ? values : gather(dtype as DType, shape, strides, values)
  return tensor(dtype as DType, shape, inOrder) as AnyTensor
}

/** Refuses an entry whose element type cannot be read. */
export function requireReadable(entry: TensorEntry<StoredDType>): asserts entry is TensorEntry<DType> {
  if (isReadableDType(entry.dtype)) return
  throw new CheckpointError({
    file: entry.file.name,
    tensor: entry.name,
    problem: `has elements of type ${entry.dtype}, which cannot be read`,
    hint: 'Use a float32, float16 or bfloat16 version of the checkpoint.',
  })
}

function gather(
  dtype: DType,
  shape: readonly number[],
  strides: readonly number[],
  values: ArrayLike<number | bigint>,
): ReturnType<typeof allocate> {
  const result = allocate(dtype, elementCount(shape))
  const rank = shape.length
  const index = new Array<number>(rank).fill(0)
  for (let i = 0, from = 0; i < result.length; i++) {
    result[i] = values[from]!
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return result
}
