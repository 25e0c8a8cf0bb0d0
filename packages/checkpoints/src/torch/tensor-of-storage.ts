import { CheckpointError, elementCount, type RandomAccessFile } from '@latentkit/core'
import type { PickleTensor } from '../pickle/values.ts'
import { bitsPerElement } from '../stored-dtype.ts'
import { tensorEntry } from '../tensor-entry.ts'
import type { TensorEntry } from '../tensor-index.ts'

/** Where the bytes of a storage lie. */
export interface StorageBytes {
  readonly file: RandomAccessFile
  readonly offset: number
  readonly length: number
}

/** A view may repeat elements: how many bytes it may make of fewer, whatever the storage has. */
const smallView = 16 * 2 ** 20

/**
 * The entry of a tensor that is a view of a storage.
 * @throws CheckpointError if the view leaves its storage, or makes far more of it than is there.
 */
export function tensorOfStorage(name: string, view: PickleTensor, bytes: StorageBytes, archive: string): TensorEntry {
  const { dtype, shape, strides, storage } = view
  const refuse = (problem: string): never => {
    throw new CheckpointError({ file: archive, tensor: name, problem })
  }
  const size = bitsPerElement(dtype) / 8
  const storageSize = storage.dtype === undefined ? 1 : bitsPerElement(storage.dtype) / 8
  const begin = storage.start * storageSize
  const end = begin + storage.length * storageSize
  if (end > bytes.length) refuse(`needs ${end} bytes of storage "${storage.key}", which has ${bytes.length}`)

  const entry = tensorEntry({
    name,
    dtype,
    shape,
    strides,
    file: bytes.file,
    offset: bytes.offset + begin + view.offset * size,
  })
  if (!(elementCount(shape) * size <= Math.max(smallView, bytes.length))) {
    refuse(`has shape [${shape.join(', ')}], more than its ${bytes.length} bytes can give`)
  }
  if (!(begin + view.offset * size + entry.byteLength <= end)) {
    const span = `${entry.byteLength} bytes from element ${view.offset}`
    refuse(`spans ${span} of storage "${storage.key}", which has ${end - begin} bytes`)
  }
  return entry
}
