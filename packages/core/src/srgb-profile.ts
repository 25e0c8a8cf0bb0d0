/** The primaries of sRGB as profiles have them, adapted to D50 (IEC 61966-2-1; ICC.1:2022, annex E). */
const primaries = {
  rXYZ: [0.43604, 0.22249, 0.01392],
  gXYZ: [0.38512, 0.71691, 0.09706],
  bXYZ: [0.14305, 0.06061, 0.71392],
} as const

/** Places on the curve of sRGB that tell it from other curves: one in its straight part, one in its middle. */
const curvePoints = [
  { at: 0.025, light: 0.025 / 12.92 },
  { at: 0.5, light: ((0.5 + 0.055) / 1.055) ** 2.4 },
] as const

/** True if an ICC profile describes sRGB, by its primaries and curves, whatever it is called. */
export function isSRGBProfile(icc: Uint8Array): boolean {
  const view = new DataView(icc.buffer, icc.byteOffset, icc.length)
  try {
    const tags = readTags(view)
    // Profiles with tables go by those.
    if (tags.has('A2B0') || tags.has('A2B1')) return false
    const matching = Object.entries(primaries).every(([name, expected]) =>
      expected.every((value, i) => near(fixed(view, tags.get(name)! + 8 + 4 * i), value, 0.001)),
    )
    const curves = ['rTRC', 'gTRC', 'bTRC'].map((name) => tags.get(name)!)
    return (
      matching && curves.every((at) => curvePoints.every((point) => near(curve(view, at, point.at), point.light, 5e-4)))
    )
  } catch (error) {
    // It is cut, or has not what a profile of three primaries has.
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Where each tag's content begins, by its name. */
function readTags(view: DataView): ReadonlyMap<string, number> {
  const tags = new Map<string, number>()
  for (let i = 0; i < view.getUint32(128); i++) {
    const at = 132 + 12 * i
    const name = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte)))
    tags.set(name, view.getUint32(at + 4))
  }
  return tags
}

/** Light for a sample of 0 to 1: a table, or the formula of sRGB's kind (ICC.1:2022, 10.6 and 10.18). NaN for other curves. */
function curve(view: DataView, at: number, sample: number): number {
  const parametric = view.getUint32(at) === 0x70617261
  if (parametric) {
    if (view.getUint16(at + 8) !== 3) return Number.NaN
    const [gamma, a, b, c, d] = [0, 1, 2, 3, 4].map((i) => fixed(view, at + 12 + 4 * i)) as [
      number,
      number,
      number,
      number,
      number,
    ]
    return sample >= d ? (a * sample + b) ** gamma : c * sample
  }
  const count = view.getUint32(at + 8)
  // None is the identity, one is a gamma.
  if (count < 2) return Number.NaN
  const place = sample * (count - 1)
  const [before, after] = [Math.floor(place), Math.ceil(place)].map((i) => view.getUint16(at + 12 + 2 * i) / 65535) as [
    number,
    number,
  ]
  return before + (after - before) * (place % 1)
}

/** A number of 16 bits before and 16 behind the point. */
function fixed(view: DataView, at: number): number {
  return view.getInt32(at) / 65536
}

function near(value: number, expected: number, tolerance: number): boolean {
  return Math.abs(value - expected) <= tolerance
}
