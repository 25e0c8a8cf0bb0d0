import { CheckpointError, type RandomAccessFile } from '@latentkit/core'
import { computedFile } from '../computed-file.ts'
import type { PickleLatin1 } from '../pickle/values.ts'

/**
 * The bytes of an array that a pickle of protocol 2 holds as text, of which each character is one byte. In the file it is UTF-8,
 * where bytes from 128 on take two: it is decoded anew for each read.
 * @param size Bytes that the array has.
 * @throws CheckpointError when read, if the text is not `size` characters below 256.
 */
export function latin1File(
  name: string,
  { text }: PickleLatin1,
  size: number,
  file: RandomAccessFile,
): RandomAccessFile {
  const span = typeof text === 'string' ? { offset: 0, length: 0 } : text
  const parts = [{ file, offset: span.offset, byteLength: span.length }]
  return computedFile(name, size, { how: 'latin1', parts }, async (offset, length) => {
    const encoded =
      typeof text === 'string' ? new TextEncoder().encode(text) : await file.read(text.offset, text.length)
    const bytes = decodeLatin1(encoded, size)
    if (bytes === undefined) {
      throw new CheckpointError({ file: file.name, tensor: name, problem: `is text of other than ${size} bytes` })
    }
    return bytes.subarray(offset, offset + length)
  })
}

function decodeLatin1(encoded: Uint8Array, size: number): Uint8Array | undefined {
  const bytes = new Uint8Array(size)
  let filled = 0
  for (let i = 0; i < encoded.length; i++) {
    const lead = encoded[i]!
    let byte = lead
    if (lead >= 0x80) {
      const next = encoded[++i] ?? 0
      if ((lead !== 0xc2 && lead !== 0xc3) || (next & 0xc0) !== 0x80) return undefined
      byte = ((lead & 3) << 6) | (next & 0x3f)
    }
    // What is past the end is not kept, but counted.
    bytes[filled++] = byte
  }
  return filled === size ? bytes : undefined
}
