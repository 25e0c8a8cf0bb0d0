import type { NoiseLevel } from '../noise-level.ts'
import type { LinearEstimate, Stage } from '../plan.ts'
import { type Run, stepThrough } from '../sampling-grid.ts'
import type { Churn } from '../scheduler.ts'
import { splitNoise, transfer } from '../transfer.ts'

/** Euler's method (Karras et al. 2022, algorithm 1). With `eta` 1 each step ends in fresh noise: Euler ancestral. */
export function euler(run: Run, eta?: number): Stage[] {
  return stepThrough(run, ({ from, to }, k) => {
    const { down, up } = splitNoise(from, to, eta ?? 0)
    const next = transfer(k, from, down)
    return { next: eta === undefined ? next : { ...next, noise: up } }
  })
}

/** How churn changes a step. */
export interface ChurnOptions {
  readonly churn: Churn
  /** Steps of the whole run, over which the amount is spread. */
  readonly steps: number
  /** The estimate of the clean sample, given the level before the noise was raised and after. */
  denoised(from: NoiseLevel, raised: NoiseLevel): LinearEstimate
}

/**
 * Euler's method with churn: noise is added before each step (Karras et al. 2022, algorithm 2).
 * Parity: the model is asked before the noise is added, not after, so the stage's own estimate is that of the sample
 * without it.
 */
export function churnedEuler(run: Run, { churn, steps, denoised }: ChurnOptions): Stage[] {
  const { amount = 0, min = 0, max = Number.POSITIVE_INFINITY, noise: deviation = 1 } = churn
  return stepThrough(run, ({ from, to }, k) => {
    const share = from.sigma >= min && from.sigma <= max ? Math.min(amount / steps, Math.SQRT2 - 1) : 0
    const raised = { alpha: from.alpha, sigma: from.sigma * (1 + share) }
    const added = deviation * Math.sqrt(raised.sigma ** 2 - from.sigma ** 2)
    const [ofSample, ofOutput] = denoised(from, raised)
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
