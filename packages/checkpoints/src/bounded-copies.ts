import { CheckpointError, elementCount, type RandomAccessFile } from '@latentkit/core'
import { bitsPerElement } from './stored-dtype.ts'
import type { TensorEntry } from './tensor-index.ts'

/** Bytes that copies may have whatever the size of the file. */
const alwaysAllowed = 256 * 2 ** 20

/**
 * Refuses a file whose tensors would take far more memory than the file has bytes, if all that cannot be used in place
 * were read: views may repeat elements, several may show the same bytes, and packed bytes may unfold.
 */
export function checkCopies(tensors: Iterable<TensorEntry>, { name, size }: RandomAccessFile): void {
  let bytes = 0
  for (const { inPlace, shape, dtype } of tensors) {
    if (!inPlace) bytes += (elementCount(shape) * bitsPerElement(dtype)) / 8
  }
  if (bytes <= alwaysAllowed + 2 * size) return
  const problem = `has ${size} bytes, from which tensors of ${bytes} bytes would be made`
  throw new CheckpointError({ file: name, problem, hint: 'No weights are like that.' })
}
