/** How steps are spread over the training timesteps (Lin et al. 2023, table 2). */
export type TimestepSpacing = 'leading' | 'trailing' | 'linspace'

/** `count` values from `start` to `end` inclusive, as numpy.linspace. */
export function linspace(start: number, end: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    if (i === 0) return start
    return i === count - 1 ? end : start + i * ((end - start) / (count - 1))
  })
}

/** Rounds halves to the even neighbour, as numpy does. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value)
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

/** Options of `spaceTimesteps`. */
export interface SpacingOptions {
  /** Number of timesteps that are used, from 0; less than those trained if the start is clipped. */
  readonly last?: number
  /** Space one point more and drop an end, unless `trailing` (the DPM-Solver family). Default: none. */
  readonly drop?: 'cleanest' | 'noisiest'
  /** Keep fractions of `linspace` (the k-diffusion family). Default false. */
  readonly fractional?: boolean
}

/**
 * Timesteps of a run, descending.
 * Parity: `trailing` keeps the reference's arithmetic, which gives one timestep more than asked for a few counts
 * (61 of 1000 …); `leading` floors the stride, so a count that does not divide the training steps starts late.
 */
export function spaceTimesteps(
  spacing: TimestepSpacing,
  steps: number,
  trainSteps: number,
  { last = trainSteps, drop, fractional = false }: SpacingOptions = {},
): number[] {
  const points = drop ? steps + 1 : steps
  const first = drop === 'noisiest' ? 1 : 0
  if (spacing === 'linspace') {
    const even = linspace(0, last - 1, points).map(fractional ? Math.fround : roundHalfEven)
    return even.reverse().slice(first, first + steps)
  }
  const stride = spacing === 'leading' ? Math.floor(last / points) : trainSteps / steps
  if (spacing === 'leading') return Array.from({ length: steps }, (_, i) => (points - 1 - first - i) * stride)
  // numpy.arange goes by the difference of its first two values, as rounded.
  const difference = last - stride - last
  return Array.from({ length: Math.ceil(last / stride) }, (_, i) => roundHalfEven(last + i * difference) - 1)
}
