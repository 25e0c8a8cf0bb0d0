import { expect, test } from 'vitest'
import { readMetadata } from './read-metadata.ts'

/** A WebP file of nothing but XMP. */
function webp(xmp: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + xmp.length)
  bytes.set(new TextEncoder().encode('RIFF....WEBPXMP '))
  new DataView(bytes.buffer).setUint32(16, xmp.length, true)
  bytes.set(xmp, 20)
  return bytes
}

test('XMP of a WebP has the limit that it has in a PNG', async () => {
  const limit = 16 * 2 ** 20
  const lengthOf = async (length: number) =>
    (await readMetadata(webp(new Uint8Array(length).fill(32)), 'image/webp')).xmp?.length
  expect(await lengthOf(limit)).toBe(limit)
  expect(await lengthOf(limit + 1)).toBeUndefined()
})
