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
  const fixed = taps.map(({ first, weights }) => ({
    first,
    weights: weights.map((weight) => Math.trunc(weight * 2 ** fixedPointBits + (weight < 0 ? -0.5 : 0.5))),
  }))
  // Storing into it clamps to 0…255.
  const target = new Uint8ClampedArray(view.outer * taps.length * view.inner)
  // The sums are whole numbers below 2³¹, so shifting rounds them down.
  sumTaps(source, view, fixed, target, 1 << (fixedPointBits - 1), (sum) => sum >> fixedPointBits)
  return new Uint8Array(target.buffer)
}

/** Resamples float32 samples, summed in float64 as Pillow's mode F does. */
export function resampleFloats(source: Float32Array, view: AxisView, taps: readonly Taps[]): Float32Array {
  const target = new Float32Array(view.outer * taps.length * view.inner)
  sumTaps(source, view, taps, target, 0, (sum) => sum)
  return target
}

type Samples = Uint8Array | Uint8ClampedArray | Float32Array

/** Every output sample: `start` plus its weighted input samples, passed through `finish`. */
function sumTaps(
  source: Samples,
  { outer, length, inner }: AxisView,
  taps: readonly Taps[],
  target: Samples,
  start: number,
  finish: (sum: number) => number,
): void {
  // Neighbours in memory together: whole lines at a time where a line is long, else one sample at a time.
  const lines = inner > 16 ? new Float64Array(inner) : undefined
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < taps.length; i++) {
      const { first, weights } = taps[i]!
      const input = (o * length + first) * inner
      const output = (o * taps.length + i) * inner
      if (lines) {
        lines.fill(start)
        for (let k = 0; k < weights.length; k++) {
          const weight = weights[k]!
          const line = input + k * inner
          for (let j = 0; j < inner; j++) lines[j]! += source[line + j]! * weight
        }
        for (let j = 0; j < inner; j++) target[output + j] = finish(lines[j]!)
      } else {
        for (let j = 0; j < inner; j++) {
          let sum = start
          for (let k = 0, p = input + j; k < weights.length; k++, p += inner) sum += source[p]! * weights[k]!
          target[output + j] = finish(sum)
        }
      }
    }
  }
}
