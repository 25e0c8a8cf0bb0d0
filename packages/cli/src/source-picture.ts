import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { readImage } from '@latentkit/backend-node'
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
 * @throws PictureError if there is none, or it cannot be read.
 */
export async function readSource(
  input: string,
  { maxPixels, allowTruncated }: ReadOptions,
  onProgress: OnProgress,
): Promise<SourcePicture> {
  const read = { maxPixels, allowTruncated, onProgress }
  if (input === '-') {
    const bytes = await readAll(process.stdin)
    return { name: undefined, sha256: sha256(bytes), image: await readImage(bytes, read) }
  }
  const image = await readImage(input, read)
  return { name: basename(input), sha256: sha256(await readFile(input)), image }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}
