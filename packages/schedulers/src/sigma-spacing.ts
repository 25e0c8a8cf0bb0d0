import { linspace } from './timestep-spacing.ts'

const { fround } = Math

/** Ways to spread noise levels that do not follow timesteps. Each descends from `max` to `min`. */
export type SigmaSpacing = 'karras' | 'exponential' | 'lu' | 'beta'

/** `count` sigmas of a spacing. `rho` bends `karras`; Karras et al. 2022 found 7 best. */
export function spaceSigmas(spacing: SigmaSpacing, max: number, min: number, count: number, rho = 7): number[] {
  const ramp = linspace(0, 1, count)
  switch (spacing) {
    case 'karras': // Karras et al. 2022, eq. 5
      return ramp.map((r) => (max ** (1 / rho) + r * (min ** (1 / rho) - max ** (1 / rho))) ** rho)
    case 'exponential':
    case 'lu': // Even in λ (Lu et al. 2022), which is the same.
      return linspace(Math.log(max), Math.log(min), count).map(Math.exp)
    case 'beta': // Lee et al. 2024, "Beta sampling"; α = β = 0.6 as in the reference
      return ramp.map((r) => min + betaQuantile(1 - r, 0.6) * (max - min))
  }
}

/** Bends flow sigmas towards noise for larger pictures (Esser et al. 2024, eq. 23). */
export function shiftSigma(sigma: number, shift: number): number {
  return (shift * sigma) / (1 + (shift - 1) * sigma)
}

/** Shifts flow sigmas, then stretches them away from noise so that the last of them is `terminal`, if there is one. */
export function bendSigmas(sigmas: readonly number[], shift: number, terminal: number | null): number[] {
  const shifted = sigmas.map((sigma) => shiftSigma(sigma, shift))
  if (!terminal) return shifted
  const scale = (1 - terminal) / (1 - shifted.at(-1)!)
  return shifted.map((sigma) => 1 - (1 - sigma) * scale)
}

/** The value between neighbours of a table at a fractional index, held at its ends; as numpy.interp. */
export function interpolate(index: number, table: ArrayLike<number>): number {
  const last = table.length - 1
  if (index <= 0 || index >= last) return table[index <= 0 ? 0 : last]!
  const below = Math.floor(index)
  return table[below]! + (table[below + 1]! - table[below]!) * (index - below)
}

/**
 * The fractional training timestep of a sigma: linear in log sigma between neighbours of the training table, which ascends but
 * for the end of a zero-SNR one. In float32, as the reference computes on numpy 1: the last bit decides whether the top of the
 * table is told as 999 or, once truncated, as 998.
 */
export function timestepOf(sigma: number, logSigmas: Float32Array): number {
  const target = fround(Math.log(Math.max(sigma, 1e-10)))
  let low = logSigmas.length - 1
  while (low > 0 && logSigmas[low]! > target) low -= 1
  low = Math.min(low, logSigmas.length - 2)
  const share = fround(fround(logSigmas[low]! - target) / fround(logSigmas[low]! - logSigmas[low + 1]!))
  const weight = Math.min(1, Math.max(0, share))
  // Parity: mixed in this order, since the result may be truncated and 999 must not become 998.9999.
  return fround(1 - weight) * low + weight * (low + 1)
}

/** Quantile of the symmetric beta distribution with both parameters `a` below 1; `p` from 0 to 1. */
export function betaQuantile(p: number, a: number): number {
  if (p <= 0 || p >= 1) return p <= 0 ? 0 : 1
  if (p > 0.5) return 1 - betaQuantile(1 - p, a)
  const target = 2 * p * incompleteBeta(0.5, a)
  let low = 0
  let high = 0.5
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (incompleteBeta(middle, a) < target) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** ∫₀ˣ (t(1 − t))^(a − 1) dt by its power series, for x up to ½ (Abramowitz & Stegun 26.5.4). */
function incompleteBeta(x: number, a: number): number {
  let coefficient = 1
  let sum = 1 / a
  for (let n = 1; n < 60; n++) {
    coefficient *= ((n - a) / n) * x
    sum += coefficient / (a + n)
  }
  return x ** a * sum
}
