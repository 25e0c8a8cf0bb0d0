import { CheckpointError, type RandomAccessFile } from '@latentkit/core'

/** Bytes read at a time: small, since most of what a cursor meets it skips. */
const chunkSize = 4096

/**
 * Reads a file from front to back a piece at a time, so that what is skipped is never loaded.
 * Reading is synchronous within what `ensure` has made ready; past the end it throws `CheckpointError`.
 */
export interface ByteCursor {
  readonly file: RandomAccessFile
  /** Where the next byte is read. */
  readonly position: number
  /** Makes the next `length` bytes ready, fewer at the end of the file. Undefined if they are. */
  ensure(length: number): Promise<void> | undefined
  /** The next `length` bytes, which must be ready. */
  take(length: number): Uint8Array
  uint8(): number
  uint16(): number
  uint32(): number
  int32(): number
  /** Eight bytes as a number; what is above 2^53 is past every file's end, so that its last digits do not matter. */
  uint64(): number
  /** Big-endian, as pickles hold it. */
  float64(): number
  /** Moves on without reading. */
  skip(length: number): void
}

/** A cursor at byte `start` of a file. */
export function createByteCursor(file: RandomAccessFile, start = 0): ByteCursor {
  let position = start
  let chunk: Uint8Array = new Uint8Array(0)
  let chunkStart = start

  const requireLeft = (length: number): void => {
    if (position + length <= file.size) return
    const problem = `ends too early: ${length} bytes expected at ${position}, it has ${file.size}`
    throw new CheckpointError({ file: file.name, problem, hint: 'The file is cut short or damaged: fetch it again.' })
  }
  const take = (length: number): Uint8Array => {
    requireLeft(length)
    const from = position - chunkStart
    position += length
    return chunk.subarray(from, from + length)
  }
  const view = (length: number): DataView => {
    const bytes = take(length)
    return new DataView(bytes.buffer, bytes.byteOffset, length)
  }
  const fill = async (length: number): Promise<void> => {
    chunkStart = position
    chunk = await file.read(position, Math.min(Math.max(length, chunkSize), file.size - position))
  }

  return {
    file,
    get position() {
      return position
    },
    ensure(length) {
      const ready = position >= chunkStart ? chunkStart + chunk.length - position : 0
      return ready >= Math.min(length, file.size - position) ? undefined : fill(length)
    },
    take,
    uint8: () => take(1)[0]!,
    uint16: () => view(2).getUint16(0, true),
    uint32: () => view(4).getUint32(0, true),
    int32: () => view(4).getInt32(0, true),
    uint64: () => Number(view(8).getBigUint64(0, true)),
    float64: () => view(8).getFloat64(0, false),
    skip(length) {
      requireLeft(length)
      position += length
    },
  }
}
