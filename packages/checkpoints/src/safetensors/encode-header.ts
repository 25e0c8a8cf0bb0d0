import { type DType, elementCount } from '@latentkit/core'
import { bitsPerElement } from '../stored-dtype.ts'
import { safetensorsDTypes } from './dtypes.ts'

interface Described {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

const codes = new Map([...safetensorsDTypes].map(([code, dtype]) => [dtype, code]))

/**
 * The header of a safetensors file whose tensors' values follow it in this order, without gaps.
 * @returns The header's bytes, and the size of the whole file.
 */
export function encodeHeader(
  tensors: readonly Described[],
  metadata?: Readonly<Record<string, string>>,
): { readonly header: Uint8Array; readonly size: number } {
  let offset = 0
  const listed = tensors.map(({ name, dtype, shape }) => {
    const begin = offset
    offset += (elementCount(shape) * bitsPerElement(dtype)) / 8
    return [name, { dtype: codes.get(dtype), shape, data_offsets: [begin, offset] }] as const
  })
  const text = JSON.stringify({ ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(listed) })
  const encoded = new TextEncoder().encode(text)
  // Values begin at a multiple of eight, as the reference implementation has it.
  const header = new Uint8Array(8 + Math.ceil(encoded.length / 8) * 8).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  header.set(encoded, 8)
  return { header, size: header.length + offset }
}
