import { isSRGBProfile } from '@latentkit/core'
import { inflateAtMost } from './inflate.ts'
import { pngChunksBeforePixels } from './png-chunks.ts'

/** Profiles with tables have a megabyte or two. */
const largestProfile = 4 * 2 ** 20

/** White, red, green and blue of sRGB as a `cHRM` chunk has them, in 100,000ths (PNG specification, 11.3.3.1). */
const primaries = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]
const gamma = [45455]
const tolerance = 100

/** True if a PNG says that its samples are sRGB, or says nothing; false if they have to be converted, or if that cannot be told. */
export async function isSRGBPng(png: Uint8Array): Promise<boolean> {
  const bodies = new Map<string, Uint8Array>()
  for (const { name, body } of pngChunksBeforePixels(png)) if (!bodies.has(name)) bodies.set(name, body)

  const codes = bodies.get('cICP')
  // Primaries, transfer curve, matrix and range (ITU-T H.273).
  if (codes && String(codes) !== '1,13,0,1') return false
  const profile = bodies.get('iCCP')
  if (profile) {
    // A name that ends with a zero, the kind of compression, and the profile (PNG specification, 11.3.3.3).
    const inflated = await inflateAtMost(profile.subarray(profile.indexOf(0) + 2), largestProfile)
    return inflated !== undefined && isSRGBProfile(inflated.content)
  }
  if (codes || bodies.has('sRGB')) return true
  return says(bodies.get('gAMA'), gamma) && says(bodies.get('cHRM'), primaries)
}

/** True if a chunk is absent or holds about these numbers. */
function says(body: Uint8Array | undefined, numbers: readonly number[]): boolean {
  if (!body) return true
  if (body.length !== numbers.length * 4) return false
  const view = new DataView(body.buffer, body.byteOffset)
  return numbers.every((number, i) => Math.abs(view.getUint32(i * 4) - number) <= tolerance)
}
