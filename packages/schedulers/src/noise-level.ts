/** A place on the way from picture to noise: a sample there is `alpha · picture + sigma · noise`. */
export interface NoiseLevel {
  readonly alpha: number
  readonly sigma: number
}

/** The picture itself. */
export const clean: NoiseLevel = { alpha: 1, sigma: 0 }

/** Turns a sigma of a schedule into a level, by the kind of path the schedule follows. */
export type NoisePath = (sigma: number) => NoiseLevel

/** Signal and noise have unit variance together (DDPM, DDIM, DPM-Solver); sigma is the ratio of noise to signal. */
export const variancePreserving: NoisePath = (sigma) => {
  const alpha = 1 / Math.sqrt(sigma * sigma + 1)
  return { alpha, sigma: sigma * alpha }
}

/** Noise is added to the picture at full strength (Euler, LMS, Karras et al. 2022). */
export const varianceExploding: NoisePath = (sigma) => ({ alpha: 1, sigma })

/** A straight line from picture to noise (flow matching, Lipman et al. 2022). */
export const flowMatching: NoisePath = (sigma) => ({ alpha: 1 - sigma, sigma })

/** Level of a variance-preserving schedule from its cumulative product of alphas, ᾱ. */
export function levelFromAlphaBar(alphaBar: number): NoiseLevel {
  return { alpha: Math.sqrt(alphaBar), sigma: Math.sqrt(1 - alphaBar) }
}

/** Ratio of noise to signal. */
export function noiseToSignal(level: NoiseLevel): number {
  return level.sigma / level.alpha
}

/** λ, half the log signal-to-noise ratio (Lu et al. 2022, "DPM-Solver"). */
export function lambda(level: NoiseLevel): number {
  return Math.log(level.alpha) - Math.log(level.sigma)
}
