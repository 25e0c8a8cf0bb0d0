import { ModelFilesError, type RandomAccessFile } from '@latentkit/core'

/** A run of a file's bytes; a number is that many zeros, which take no memory. */
export type SparsePart = Uint8Array | number

/** A file that may be far larger than memory, and counts what is read of it. */
export interface SparseFile extends RandomAccessFile {
  readonly bytesRead: number
  readonly reads: number
}

/** A file of these parts, end to end. */
export function sparseFile(name: string, parts: readonly SparsePart[]): SparseFile {
  const lengthOf = (part: SparsePart): number => (typeof part === 'number' ? part : part.length)
  const size = parts.reduce<number>((sum, part) => sum + lengthOf(part), 0)
  let [bytesRead, reads] = [0, 0]
  return {
    name,
    size,
    get bytesRead() {
      return bytesRead
    },
    get reads() {
      return reads
    },
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) throw new ModelFilesError({ path: name, problem: 'ends' })
      bytesRead += length
      reads++
      const result = new Uint8Array(length)
      let start = 0
      for (const part of parts) {
        const [from, to] = [Math.max(offset, start), Math.min(offset + length, start + lengthOf(part))]
        if (from < to && typeof part !== 'number') result.set(part.subarray(from - start, to - start), from - offset)
        start += lengthOf(part)
      }
      return result
    },
  }
}

/** All bytes of the parts. */
export function joinParts(parts: readonly SparsePart[]): Uint8Array {
  const arrays = parts.map((part) => (typeof part === 'number' ? new Uint8Array(part) : part))
  const result = new Uint8Array(arrays.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of arrays) {
    result.set(part, at)
    at += part.length
  }
  return result
}
