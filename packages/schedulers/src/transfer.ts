import type { NoiseLevel } from './noise-level.ts'
import type { Terms } from './plan.ts'

/**
 * Carries the sample of a stage between two levels as if the estimate of the clean sample were constant on the way.
 * This one line is DDIM with η = 0, Euler, and the first-order DPM-Solver++, UniPC and flow matching step.
 */
export function transfer(stage: number, from: NoiseLevel, to: NoiseLevel): Terms & { readonly denoised: number } {
  const sample = to.sigma / from.sigma
  return { samples: { [stage]: sample }, denoised: to.alpha - from.alpha * sample }
}

/** The same with a constant estimate of the noise: `next = sample · x + noise · e`. DEIS and PNDM build on it. */
export function transferNoise(from: NoiseLevel, to: NoiseLevel): { readonly sample: number; readonly noise: number } {
  const sample = to.alpha / from.alpha
  return { sample, noise: to.sigma - from.sigma * sample }
}

/**
 * Splits the noise of the level `to` into what is reached deterministically, `down`, and what is drawn afresh, `up`
 * (Song et al. 2020, "DDIM", eq. 16). With `eta` 1 and a following `transfer` this is DDPM, and Euler ancestral.
 */
export function splitNoise(
  from: NoiseLevel,
  to: NoiseLevel,
  eta: number,
): { readonly down: NoiseLevel; readonly up: number } {
  if (eta === 0 || to.sigma === 0) return { down: to, up: 0 }
  const ratio = (to.sigma * from.alpha) / (from.sigma * to.alpha)
  const up = eta * to.sigma * Math.sqrt(Math.max(0, 1 - ratio * ratio))
  return { up, down: { alpha: to.alpha, sigma: Math.sqrt(to.sigma ** 2 - up ** 2) } }
}
