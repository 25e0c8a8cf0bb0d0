/** Bytes fed at once: they become at most a thousand times as many, which is what is held beyond what was asked for. */
const pieceLength = 1024
/** Pieces of output asked for ahead. A stream that fails, say for bytes behind its end, drops what nobody has asked for. */
const piecesAhead = 20

/**
 * The content of a zlib stream, as it is inflated; nothing more is, once the caller stops asking.
 * @throws Error if it is damaged, cut off, or followed by other bytes; all that comes before was given out then.
 */
export async function* inflate(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream('deflate')
  const reader = readable.getReader()
  const read = () => reader.read().catch((error) => ({ error, done: true, value: undefined }))
  const ahead = Array.from({ length: piecesAhead }, read)
  const writer = writable.getWriter()
  // What goes wrong is told by the reader.
  feed(writer, parts).catch((error) => writer.abort(error).catch(() => {}))
  try {
    for (;;) {
      const piece = await ahead.shift()!
      if ('error' in piece) throw piece.error
      if (piece.done) return
      ahead.push(read())
      yield piece.value!
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** The whole content of a zlib stream and whether it ended well; undefined if it is longer than `limit` bytes. */
export async function inflateAtMost(
  bytes: Uint8Array,
  limit: number,
): Promise<{ readonly content: Uint8Array; readonly intact: boolean } | undefined> {
  const pieces: Uint8Array[] = []
  let length = 0
  let intact = true
  try {
    for await (const piece of inflate([bytes])) {
      length += piece.length
      if (length > limit) return undefined
      pieces.push(piece)
    }
  } catch {
    intact = false
  }
  const content = new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer())
  return { content, intact }
}

async function feed(writer: WritableStreamDefaultWriter<BufferSource>, parts: Iterable<Uint8Array>): Promise<void> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += pieceLength) {
      await writer.write(part.subarray(at, at + pieceLength) as Uint8Array<ArrayBuffer>)
    }
  }
  await writer.close()
}
