import { InvalidArgumentError } from '../errors/index.ts'

/** Resampling filters by Pillow's names. */
export type ResizeFilter = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos'

interface Kernel {
  /** Half width in pixels of the coarser of the two pictures. */
  readonly support: number
  readonly weight: (x: number) => number
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI))

/** Hamming's, in Pillow's float constants, which add up to 1 in its own arithmetic only. */
const window = (x: number): number => (x === 0 ? 1 : Math.fround(0.54) + Math.fround(0.46) * Math.cos(x * Math.PI))

const kernels: Record<Exclude<ResizeFilter, 'nearest'>, Kernel> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * window(x)) },
  // Keys 1981 with a = −1/2.
  bicubic: {
    support: 2,
    weight: (signed) => {
      const x = Math.abs(signed)
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

/** What one output sample is made of: `weights` (sum 1) of the input samples from `first`. */
export interface Taps {
  readonly first: number
  readonly weights: Float64Array
}

/** @throws InvalidArgumentError if there is no such filter. */
export function assertFilter(filter: ResizeFilter): void {
  if (filter === 'nearest' || Object.hasOwn(kernels, filter)) return
  const expected = `one of nearest, ${Object.keys(kernels).join(', ')}`
  throw new InvalidArgumentError({ argument: 'filter', value: filter, expected })
}

/** The taps of every output sample of one axis, with Pillow's sample positions and edges. */
export function filterTaps(filter: ResizeFilter, inputSize: number, outputSize: number): readonly Taps[] {
  assertFilter(filter)
  if (filter === 'nearest') return nearestTaps(inputSize, outputSize)
  const { support, weight } = kernels[filter]
  const scale = inputSize / outputSize
  const stretch = Math.max(scale, 1)
  const inverse = 1 / stretch
  return Array.from({ length: outputSize }, (_, i) => {
    const center = (i + 0.5) * scale
    const first = Math.max(0, Math.trunc(center - support * stretch + 0.5))
    const end = Math.min(inputSize, Math.trunc(center + support * stretch + 0.5))
    // Multiplied, as Pillow does: divided, a tap at the filter's edge may fall on its other side.
    const weights = Float64Array.from({ length: end - first }, (_, k) => weight((k + first - center + 0.5) * inverse))
    const sum = weights.reduce((total, value) => total + value, 0)
    return { first, weights: sum === 0 ? weights : weights.map((value) => value / sum) }
  })
}

function nearestTaps(inputSize: number, outputSize: number): readonly Taps[] {
  const step = inputSize / outputSize
  // Parity: the position is summed up, as Pillow does, so that its rounding is the same.
  let position = step * 0.5
  return Array.from({ length: outputSize }, () => {
    const first = Math.min(inputSize - 1, Math.floor(position))
    position += step
    return { first, weights: Float64Array.of(1) }
  })
}
