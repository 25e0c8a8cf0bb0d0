import { readTensor, requireReadable } from '../read-tensor.ts'
import type { TensorEntry } from '../tensor-index.ts'
import { encodeHeader } from './encode-header.ts'

/** A safetensors file that is made piece by piece, one tensor in memory at a time. */
export interface PackedTensors {
  /** Size of the whole file in bytes. */
  readonly size: number
  /** Makes the file: hands over its bytes from first to last. */
  make(write: (bytes: Uint8Array) => Promise<void>): Promise<void>
}

/**
 * Tensors as a safetensors file, each row-major without gaps and in its own element type. Nothing is read before `make`.
 * @param entries such as `index.tensors.values()`
 * @param metadata Text that the file holds beside them. Entries are written as they lie: those of an index whose `linearLayout`
 *   is `input-output` need `{ format: 'pd' }`, by which readers know it; torch's libraries look for `{ format: 'pt' }`.
 * @throws CheckpointError for elements of a type that cannot be read.
 */
export function packSafetensors(
  entries: Iterable<TensorEntry>,
  metadata?: Readonly<Record<string, string>>,
): PackedTensors {
  const readable = [...entries].map((entry) => {
    requireReadable(entry)
    return entry
  })
  const { header, size } = encodeHeader(readable, metadata)
  return {
    size,
    async make(write) {
      await write(header)
      for (const entry of readable) {
        const { data } = await readTensor(entry)
        await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      }
    },
  }
}
