import type { NoiseLevel } from '../noise-level.ts'
import type { LinearEstimate, Stage, Terms } from '../plan.ts'
import { type Run, stepThrough } from '../sampling-grid.ts'
import type { Churn } from '../scheduler.ts'
import { splitNoise, transfer } from '../transfer.ts'

/**
 * Denoising diffusion implicit models (Song et al. 2020, eq. 12). On an exploding path it is Euler's method (Karras et al. 2022,
 * algorithm 1), and with `eta` 1 Euler ancestral.
 * @param eta share of fresh noise, 0 to 1.
 * @param recomputeNoise use the noise that the filtered estimate implies, not the one the model gave.
 */
export function ddim(run: Run, eta: number, recomputeNoise = false): Stage[] {
  return stepThrough(run, ({ from, to }, k) => {
    const { down, up } = splitNoise(from, to, eta)
    const step = recomputeNoise ? transfer(k, from, down) : towards(run, k, from, down)
    return { next: eta > 0 ? { ...step, noise: up } : step }
  })
}

/**
 * Trajectory consistency (Zheng et al. 2024, algorithm 4): below each interval's end lies a level of `aims`; the sample goes
 * there without noise and is noised back up to the end, except after the last step.
 */
export function trajectoryConsistency(run: Run, aims: readonly NoiseLevel[]): Stage[] {
  return stepThrough(run, ({ from, to }, k) => {
    const aim = aims[k]!
    if (aim === to || k === aims.length - 1) return { next: towards(run, k, from, aim) }
    const back = to.alpha / aim.alpha
    return { next: { ...towards(run, k, from, aim, back), noise: Math.sqrt(1 - back ** 2) } }
  })
}

/** `scale · (alpha · denoised + sigma · noise)`. Parity: the noise is what the model said, even beside a filter. */
function towards(run: Run, stage: number, from: NoiseLevel, { alpha, sigma }: NoiseLevel, scale = 1): Terms {
  const [ofSample, ofOutput] = run.prediction(from).noise
  return { samples: { [stage]: scale * sigma * ofSample }, denoised: scale * alpha, output: scale * sigma * ofOutput }
}

/** How much fresh noise DDPM adds; null is `fixed_small`. */
export type Variance = 'fixed_small' | 'fixed_small_log' | 'fixed_large' | 'learned' | 'learned_range'

/**
 * Denoising diffusion probabilistic models (Ho et al. 2020, eq. 7). Draws noise except at timestep 0, by `variance`
 * (section 3.2; Nichol & Dhariwal 2021, eq. 15).
 */
export function ddpm(run: Run, variance: Variance | null): Stage[] {
  return stepThrough(run, ({ from, to, timestep }, k) => {
    const { down, up } = splitNoise(from, to, 1)
    const mean = transfer(k, from, down)
    if (timestep === 0) return { next: mean }
    // The two extremes of variance: that of a known picture, and that of unit noise.
    const small = Math.max(up ** 2, 1e-20)
    const large = 1 - (from.alpha / to.alpha) ** 2
    const unit = { ...mean, noise: 1 }
    if (variance === 'learned') return { next: unit, learnedNoise: { kind: 'variance' } }
    if (variance === 'learned_range')
      return { next: unit, learnedNoise: { kind: 'range', low: Math.log(small), high: Math.log(large) } }
    return { next: { ...mean, noise: Math.sqrt(variance === 'fixed_large' ? large : small) } }
  })
}

/** The level that churn raises a level to, its amount spread over `steps`, and the weight of the noise that does it. */
export function raiseNoise(
  { alpha, sigma }: NoiseLevel,
  churn: Churn,
  steps: number,
): { readonly raised: NoiseLevel; readonly added: number } {
  const { amount = 0, min = 0, max = Number.POSITIVE_INFINITY, noise: deviation = 1 } = churn
  const share = sigma >= min && sigma <= max ? Math.min(amount / steps, Math.SQRT2 - 1) : 0
  const raised = { alpha, sigma: sigma * (1 + share) }
  return { raised, added: deviation * Math.sqrt(raised.sigma ** 2 - sigma ** 2) }
}

/**
 * Euler's method with churn: noise is added before each step (Karras et al. 2022, algorithm 2). `readAt` is the level at
 * which the answer is read, before the noise or after.
 * Parity: the model is asked before the noise is added, so the stage's own estimate is that of the sample without it.
 */
export function churnedEuler(run: Run, churn: Churn, steps: number, readAt: 'from' | 'raised'): Stage[] {
  return stepThrough(run, ({ from, to }, k) => {
    const { raised, added } = raiseNoise(from, churn, steps)
    const [ofSample, ofOutput] = run.prediction(readAt === 'from' ? from : raised).denoised
    const slope = (to.sigma - raised.sigma) / raised.sigma
    const sample = 1 + (1 - ofSample) * slope
    const next = { samples: { [k]: sample }, output: -ofOutput * slope }
    return { next: added === 0 ? next : { ...next, noise: sample * added } }
  })
}

/** Straight steps along the direction that a flow's model answers with (Lipman et al. 2022). */
export function flowEuler(run: Run): Stage[] {
  return stepThrough(run, ({ from, to }, k) => ({ next: { samples: { [k]: 1 }, output: to.sigma - from.sigma } }))
}

/**
 * Jumps to the estimate of the clean sample and noises it to the next level: LCM, stochastic flow matching.
 * @param boundary weights of sample and estimate that make the jump the identity at timestep 0 (Luo et al. 2023, eq. 9).
 * @param drawsAtEnd Parity: draw after the last jump too, though nothing of it is used.
 */
export function renoise(
  run: Run,
  boundary: (timestep: number) => LinearEstimate = () => [0, 1],
  drawsAtEnd = false,
): Stage[] {
  return stepThrough(run, ({ timestep, to: { alpha, sigma } }, k) => {
    const [skip, out] = boundary(timestep)
    const jump = { samples: { [k]: alpha * skip }, denoised: alpha * out }
    return { next: sigma === 0 && !drawsAtEnd ? jump : { ...jump, noise: sigma } }
  })
}
