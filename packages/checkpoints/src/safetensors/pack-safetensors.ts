import type { DType } from '@latentkit/core'
import { readTensor } from '../read-tensor.ts'
import type { TensorEntry } from '../tensor-index.ts'
import { encodeHeader } from './encode-header.ts'

/** A safetensors file that is made piece by piece, one tensor in memory at a time. */
export interface PackedTensors {
  /** Size of the whole file in bytes. */
  readonly size: number
  /** Makes the file: hands over its bytes from first to last. */
  make(write: (bytes: Uint8Array) => Promise<void>): Promise<void>
}

/** Tensors as a safetensors file, each row-major without gaps and in its own element type. Nothing is read before `make`. */
export function packSafetensors(entries: readonly TensorEntry<DType>[]): PackedTensors {
  const { header, size } = encodeHeader(entries)
  return {
    size,
    async make(write) {
      await write(header)
      for (const entry of entries) {
        const { data } = await readTensor(entry)
        await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      }
    },
  }
}
