import { basename } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { readImage, readPictureFile } from '@latentkit/backend-node'
import type { OnProgress, RasterImage } from '@latentkit/core'
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
  readonly maxPixels?: number
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
  const file = await readPictureFile(input === '-' ? await readAll(process.stdin, signal) : input)
  return {
    name: input === '-' ? undefined : basename(input),
    sha256: sha256(file.bytes),
    image: await readImage(file, { maxPixels, allowTruncated, onProgress }),
  }
}

async function readAll(stream: Readable, signal: AbortSignal): Promise<Uint8Array> {
  addAbortSignal(signal, stream)
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
  return new Uint8Array(Buffer.concat(chunks))
}
