import type { Tensor } from '@latentkit/core'
import { encodeHeader } from './encode-header.ts'

/** The bytes of a safetensors file with these tensors, in their order, and texts. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const named = Object.entries(tensors).map(([name, tensor]) => ({ name, ...tensor }))
  const { header, size } = encodeHeader(named, metadata)
  const bytes = new Uint8Array(size)
  bytes.set(header)
  let offset = header.length
  for (const { data } of named) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    offset += data.byteLength
  }
  return bytes
}
