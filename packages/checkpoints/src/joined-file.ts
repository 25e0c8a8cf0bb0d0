import type { RandomAccessFile } from '@latentkit/core'
import { computedFile, type FilePart } from './computed-file.ts'

/** Parts of files as one file, end to end; each read reads only the parts it needs. */
export function joinedFile(name: string, parts: readonly FilePart[]): RandomAccessFile {
  const size = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
  return computedFile(name, size, { how: 'joined', parts }, async (offset, length) => {
    const result = new Uint8Array(length)
    let start = 0
    for (const part of parts) {
      const from = Math.max(offset, start)
      const to = Math.min(offset + length, start + part.byteLength)
      if (from < to) result.set(await part.file.read(part.offset + from - start, to - from), from - offset)
      start += part.byteLength
    }
    return result
  })
}
