import { expect, test } from 'vitest'
import { isSRGBProfile } from './srgb-profile.ts'

/** The primaries of sRGB and of Display P3, adapted to D50, as their profiles have them. */
const srgb = [0.43607, 0.22249, 0.01392, 0.38515, 0.71687, 0.09708, 0.14307, 0.06061, 0.7141]
const p3 = [0.51512, 0.2412, -0.00105, 0.29198, 0.69225, 0.04189, 0.1571, 0.06657, 0.78407]

type Curve = { readonly table: readonly number[] } | { readonly parameters: readonly number[] }
const formula: Curve = { parameters: [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045] }
const light = (sample: number) => (sample <= 0.04045 ? sample / 12.92 : ((sample + 0.055) / 1.055) ** 2.4)
const table: Curve = { table: Array.from({ length: 1024 }, (_, i) => Math.round(65535 * light(i / 1023))) }

/** A profile of primaries and a curve, the last of them `blue` (ICC.1:2022, 8.3). */
function profile(xyz: readonly number[], curve: Curve, extraTag?: string, blue = curve): Uint8Array {
  const names = ['rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC', ...(extraTag ? [extraTag] : [])]
  const view = new DataView(new ArrayBuffer(8192))
  const text = (at: number, words: string) => {
    for (let i = 0; i < words.length; i++) view.setUint8(at + i, words.charCodeAt(i))
  }
  const fixed = (at: number, value: number) => {
    view.setInt32(at, Math.round(value * 65536))
  }
  view.setUint32(128, names.length)
  names.forEach((name, i) => {
    text(132 + 12 * i, name)
    view.setUint32(136 + 12 * i, i < 3 ? 300 + 20 * i : i === 5 ? 4000 : 400)
  })
  for (const [i, value] of xyz.entries()) fixed(308 + 20 * Math.floor(i / 3) + 4 * (i % 3), value)
  const write = (at: number, written: Curve) => {
    if ('parameters' in written) {
      text(at, 'para')
      view.setUint16(at + 8, written.parameters.length === 5 ? 3 : 0)
      for (const [i, value] of written.parameters.entries()) fixed(at + 12 + 4 * i, value)
    } else {
      text(at, 'curv')
      view.setUint32(at + 8, written.table.length)
      for (const [i, value] of written.table.entries()) view.setUint16(at + 12 + 2 * i, value)
    }
  }
  write(400, curve)
  write(4000, blue)
  return new Uint8Array(view.buffer)
}

test('sRGB is known by its primaries and its curve, as a formula or as a table', () => {
  expect(isSRGBProfile(profile(srgb, formula))).toBe(true)
  expect(isSRGBProfile(profile(srgb, table))).toBe(true)
})

test.each([
  ['other primaries', profile(p3, formula)],
  ['one coordinate that differs', profile(srgb.with(8, 0.72), formula)],
  ['another curve for blue', profile(srgb, formula, undefined, { table: [0, 65535] })],
  ['a curve that is straight where sRGB’s is not', profile(srgb, { parameters: [1, 1, 0, 1 / 12.92, 0.04045] })],
  ['a curve that is none below', profile(srgb, { parameters: [2.4, 1 / 1.055, 0.055 / 1.055, 0, 0.04045] })],
  ['a formula of another kind', profile(srgb, { parameters: [2.2] })],
  ['no curve', profile(srgb, { table: [] })],
  ['a gamma of 2.2', profile(srgb, { table: [Math.round(2.2 * 256)] })],
  ['a table of its own', profile(srgb, formula, 'A2B0')],
  ['nothing', new Uint8Array()],
  ['a cut profile', profile(srgb, formula).subarray(0, 410)],
])('a profile with %s is another', (_, icc) => {
  expect(isSRGBProfile(icc)).toBe(false)
})
