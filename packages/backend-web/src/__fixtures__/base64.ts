import type { RasterImage } from '@latentkit/core'
import type { SentImage } from './node-commands.ts'

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

export const sendImage = ({ data, ...size }: RasterImage): SentImage => ({ ...size, b64: toBase64(data) })
export const receiveImage = ({ b64, ...size }: SentImage): RasterImage => ({ ...size, data: fromBase64(b64) })
