import { type DType, elementCount } from '@latentkit/core'
import { readTensor } from '../read-tensor.ts'
import { bitsPerElement } from '../stored-dtype.ts'
import type { TensorEntry } from '../tensor-index.ts'
import { safetensorsDTypes } from './dtypes.ts'

/** A safetensors file that is made piece by piece, one tensor in memory at a time. */
export interface PackedTensors {
  /** Size of the whole file in bytes. */
  readonly size: number
  /** Makes the file: hands over its bytes from first to last. */
  make(write: (bytes: Uint8Array) => Promise<void>): Promise<void>
}

const codes = new Map([...safetensorsDTypes].map(([code, dtype]) => [dtype, code]))

/** Tensors as a safetensors file, each row-major without gaps and in its own element type. Nothing is read before `make`. */
export function packSafetensors(entries: readonly TensorEntry<DType>[]): PackedTensors {
  let offset = 0
  const listed = entries.map(({ name, dtype, shape }) => {
    const begin = offset
    offset += (elementCount(shape) * bitsPerElement(dtype)) / 8
    return [name, { dtype: codes.get(dtype), shape, data_offsets: [begin, offset] }] as const
  })
  const text = JSON.stringify(Object.fromEntries(listed))
  const encoded = new TextEncoder().encode(text)
  // Values begin at a multiple of eight, as the reference implementation has it.
  const header = new Uint8Array(8 + Math.ceil(encoded.length / 8) * 8).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  header.set(encoded, 8)
  return {
    size: header.length + offset,
    async make(write) {
      await write(header)
      for (const entry of entries) {
        const { data } = await readTensor(entry)
        await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      }
    },
  }
}
