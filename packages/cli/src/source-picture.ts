import { basename } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { type PictureFile, readImage, readPictureFile, readPictureStream } from '@latentkit/backend-node'
import { LatentkitError, type OnProgress, PictureError, type RasterImage } from '@latentkit/core'
import { isPipe, openPipe } from './open-pipe.ts'
import { sha256 } from './receipt.ts'

/** A picture to make larger. */
export interface SourcePicture {
  /** File name; undefined for standard input. */
  readonly name: string | undefined
  /** Of the file's bytes. */
  readonly sha256: string
  readonly image: RasterImage
}

/** How pictures are read, by commander's names. */
export interface ReadOptions {
  readonly maxPixels?: number | undefined
  readonly allowTruncated?: boolean
}

/**
 * Reads a picture.
 * @param input a path, or `-` for standard input
 * @throws PictureError if there is none, or it cannot be read; the signal's reason.
 */
export async function readSource(
  input: string,
  { maxPixels, allowTruncated }: ReadOptions,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
): Promise<SourcePicture> {
  // Once: a pipe has nothing left for a second time.
  const file = await readBytes(input, signal)
  return {
    name: input === '-' ? undefined : basename(input),
    sha256: sha256(file.bytes),
    image: await readImage(file, { maxPixels, allowTruncated, onProgress }),
  }
}

async function readBytes(input: string, signal: AbortSignal): Promise<PictureFile> {
  if (input === '-') return readStream(process.stdin, signal)
  return (await isPipe(input)) ? readStream(openPipe(input, signal), signal, input) : readPictureFile(input)
}

/** Reads a stream to its end; the waiting for its bytes ends with the signal. */
async function readStream(
  stream: Readable | Promise<Readable>,
  signal: AbortSignal,
  picture = 'picture',
): Promise<PictureFile> {
  try {
    return await readPictureStream(addAbortSignal(signal, await stream), picture)
  } catch (cause) {
    signal.throwIfAborted()
    if (LatentkitError.isInstance(cause)) throw cause
    throw new PictureError({ picture, problem: `cannot be read: ${(cause as Error).message}`, cause })
  }
}
