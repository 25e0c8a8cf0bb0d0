import type { NoiseLevel } from '../noise-level.ts'
import type { LinearEstimate, Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'
import type { Churn } from '../scheduler.ts'
import { splitNoise, transfer } from '../transfer.ts'

/** Euler's method (Karras et al. 2022, algorithm 1). With `eta` 1 each step ends in fresh noise: Euler ancestral. */
export function euler(intervals: readonly Interval[], prediction: Prediction, eta?: number): Stage[] {
  return intervals.map((interval, k) => {
    const { from, to } = interval
    const { down, up } = splitNoise(from, to, eta ?? 0)
    const step = transfer(from, down)
    const next = { samples: { [k]: step.sample }, denoised: step.denoised }
    return { ...evaluate(prediction, interval), next: eta === undefined ? next : { ...next, noise: up } }
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
export function churnedEuler(intervals: readonly Interval[], prediction: Prediction, options: ChurnOptions): Stage[] {
  return intervals.map((interval, k) => {
    const { from, to } = interval
    const { raised, added } = raiseNoise(from, options.churn, options.steps)
    const [ofSample, ofOutput] = options.denoised(from, raised)
    const slope = (to.sigma - raised.sigma) / raised.sigma
    const sample = 1 + (1 - ofSample) * slope
    const next = { samples: { [k]: sample }, output: -ofOutput * slope }
    return { ...evaluate(prediction, interval), next: added === 0 ? next : { ...next, noise: sample * added } }
  })
}

/** The level that churn raises a level to, and the weight of the noise it adds. */
export function raiseNoise(
  from: NoiseLevel,
  churn: Churn,
  steps: number,
): { readonly raised: NoiseLevel; readonly added: number } {
  const { amount = 0, min = 0, max = Number.POSITIVE_INFINITY, noise = 1 } = churn
  const share = from.sigma >= min && from.sigma <= max ? Math.min(amount / steps, Math.SQRT2 - 1) : 0
  const raised = { alpha: from.alpha, sigma: from.sigma * (1 + share) }
  return { raised, added: noise * Math.sqrt(raised.sigma ** 2 - from.sigma ** 2) }
}
