import { types } from 'node:util'
import { InvalidArgumentError, PictureError, recognizedBytes } from '@latentkit/core'
import { shortName } from './picture-place.ts'
import { assertPicture, type PictureFile } from './read-picture-file.ts'

/** As much as one array of bytes, and as a file may have. */
const mostBytes = 2 ** 31 - 1

/**
 * Reads a picture from a stream, such as standard input or a pipe, to its end, unless its first bytes show that it is no
 * picture. Whatever ends the reading, the stream is closed.
 * @param picture how messages call it
 * @throws PictureError that says what it is instead, or if it is larger than 2 GB; InvalidArgumentError for what is no stream of
 *   bytes; what the stream throws.
 */
export async function readPictureStream(stream: AsyncIterable<Uint8Array>, picture = 'picture'): Promise<PictureFile> {
  assertIs(
    typeof stream?.[Symbol.asyncIterator] === 'function',
    'stream',
    stream,
    'an AsyncIterable of bytes (Uint8Array)',
  )
  assertIs(typeof picture === 'string', 'picture', picture, 'what messages call it, as text')
  const chunks: Uint8Array[] = []
  let [size, recognized] = [0, false]
  for await (const chunk of stream) {
    assertIs(types.isUint8Array(chunk), 'stream', chunk, 'bytes (Uint8Array), not text or objects')
    chunks.push(chunk)
    size += chunk.byteLength
    if (size > mostBytes) throw new PictureError({ picture: shortName(picture), problem: 'is larger than 2 GB' })
    // It may be a film, or have no end.
    if (!recognized && size >= recognizedBytes) assertPicture(picture, Buffer.concat(chunks, recognizedBytes))
    recognized ||= size >= recognizedBytes
  }
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)
  return { picture, bytes, format: assertPicture(picture, bytes) }
}

function assertIs(holds: boolean, argument: string, value: unknown, expected: string): void {
  if (!holds) throw new InvalidArgumentError({ argument, value, expected })
}
