import type { Taps } from './filters.ts'

/** Row-major data seen as `[outer, length, inner]`, where `length` is the axis to resample. */
export interface AxisView {
  readonly outer: number
  readonly length: number
  readonly inner: number
}

/** Fixed-point bits of Pillow's 8-bit resampler. */
const fixedPointBits = 22

/** Resamples 8-bit samples with Pillow's fixed-point arithmetic: the same bytes on every machine. */
export function resampleBytes(source: Uint8Array, view: AxisView, taps: readonly Taps[]): Uint8Array {
  const { outer, inner } = view
  const target = new Uint8Array(outer * taps.length * inner)
  const sums = new Int32Array(inner)
  const fixed = taps.map(({ first, weights }) => ({
    first,
    weights: Int32Array.from(weights, (weight) => Math.trunc(weight * 2 ** fixedPointBits + (weight < 0 ? -0.5 : 0.5))),
  }))
  forEachOutput(view, fixed, (input, weights, output) => {
    sums.fill(1 << (fixedPointBits - 1))
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k]!
      const start = input + k * inner
      for (let j = 0; j < inner; j++) sums[j]! += source[start + j]! * weight
    }
    for (let j = 0; j < inner; j++) {
      const value = sums[j]! >> fixedPointBits
      target[output + j] = Math.min(Math.max(value, 0), 255)
    }
  })
  return target
}

/** Resamples float32 samples, summed in float64 as Pillow's mode F does. */
export function resampleFloats(source: Float32Array, view: AxisView, taps: readonly Taps[]): Float32Array {
  const { outer, inner } = view
  const target = new Float32Array(outer * taps.length * inner)
  const sums = new Float64Array(inner)
  forEachOutput(view, taps, (input, weights, output) => {
    sums.fill(0)
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k]!
      const start = input + k * inner
      for (let j = 0; j < inner; j++) sums[j]! += source[start + j]! * weight
    }
    target.set(sums, output)
  })
  return target
}

function forEachOutput<W>(
  { outer, length, inner }: AxisView,
  taps: readonly { readonly first: number; readonly weights: W }[],
  visit: (input: number, weights: W, output: number) => void,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < taps.length; i++) {
      const { first, weights } = taps[i]!
      visit((o * length + first) * inner, weights, (o * taps.length + i) * inner)
    }
  }
}
