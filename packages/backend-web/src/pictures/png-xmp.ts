import type { PictureMetadata } from '@latentkit/core'
import { inflateAtMost } from './inflate.ts'
import type { PngChunk } from './png-chunks.ts'

/** Longer ones are left out. */
const largestText = 16 * 2 ** 20
const keyword = 'XML:com.adobe.xmp\0'

/** True for a chunk that holds an XMP packet, whole or not. */
export function isPngXMP({ name, body }: PngChunk): boolean {
  const isText = name === 'iTXt' || name === 'zTXt'
  return isText && String.fromCharCode(...body.subarray(0, keyword.length)) === keyword
}

/** The XMP packet in such a chunk; nothing if it is damaged, cut off or too long. */
export async function pngXMP({ name, body }: PngChunk): Promise<PictureMetadata> {
  const bytes = await (name === 'iTXt' ? internationalText(body) : inflatedText(body.subarray(keyword.length + 1)))
  const text = bytes && decodeText(bytes)
  // No text in a PNG has zeros (PNG specification, 11.3.4).
  return text === undefined || text.includes('\0') ? {} : { xmp: text }
}

/** UTF-8; undefined if it is damaged or too long. */
export function decodeText(utf8: Uint8Array): string | undefined {
  if (utf8.length > largestText) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(utf8)
  } catch {
    return undefined
  }
}

/** The text of an `iTXt` chunk: it comes after keyword, compression, language and translated keyword (PNG, 11.3.4.5). */
async function internationalText(body: Uint8Array): Promise<Uint8Array | undefined> {
  const languageEnd = body.indexOf(0, keyword.length + 2)
  const translationEnd = languageEnd < 0 ? -1 : body.indexOf(0, languageEnd + 1)
  if (translationEnd < 0) return undefined
  const text = body.subarray(translationEnd + 1)
  return body[keyword.length] === 0 ? text : inflatedText(text)
}

async function inflatedText(text: Uint8Array): Promise<Uint8Array | undefined> {
  const inflated = await inflateAtMost(text, largestText)
  return inflated?.intact ? inflated.content : undefined
}
