import { extname } from 'node:path'
import type { PictureFormat } from '@latentkit/core'

/** A format that is read. */
export type ReadableFormat = Extract<PictureFormat, 'JPEG' | 'PNG' | 'WebP' | 'AVIF' | 'TIFF' | 'GIF'>

export const readableFormats: readonly ReadableFormat[] = ['JPEG', 'PNG', 'WebP', 'AVIF', 'TIFF', 'GIF']

const endings: Readonly<Record<string, ReadableFormat>> = {
  '.jpg': 'JPEG',
  '.jpeg': 'JPEG',
  '.png': 'PNG',
  '.webp': 'WebP',
  '.avif': 'AVIF',
  '.tif': 'TIFF',
  '.tiff': 'TIFF',
  '.gif': 'GIF',
}

/** The format that a file's name promises; undefined if it promises none that is known. */
export function formatOfName(path: string): ReadableFormat | undefined {
  return endings[extname(path).toLowerCase()]
}
