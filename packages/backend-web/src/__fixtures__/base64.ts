import { type RasterImage, sampleDepth } from '@latentkit/core'
import type { SentImage } from './node-commands.ts'

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

export const sendImage = ({ width, height, channels, data }: RasterImage): SentImage => {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  return { width, height, channels, depth: sampleDepth({ data }), b64: toBase64(bytes) }
}
export const receiveImage = ({ b64, depth, metadata, ...size }: SentImage): RasterImage => {
  const bytes = fromBase64(b64)
  const { exif, ...rest } = metadata ?? {}
  return {
    ...size,
    data: depth === 16 ? new Uint16Array(bytes.buffer) : bytes,
    ...(metadata && { metadata: { ...rest, ...(exif !== undefined && { exif: fromBase64(exif) }) } }),
  }
}
