import { lagrangeIntegrals } from '../multistep-weights.ts'
import { noiseToSignal } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { keepNoise, type Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'

/** Options of `linearMultistep`. */
export interface LinearMultistepOptions {
  /** Estimates used by interval number, 1 to 4; fewer at the start. */
  order(interval: number): number
  /** What the interpolating polynomial runs over: the ratio of noise to signal (LMS) or its logarithm (DEIS). */
  readonly variable: 'sigma' | 'logSigma'
  readonly filtered: boolean
}

/**
 * Integrates the polynomial through the latest noise estimates: `x′/α′ = x/α + Σ Cⱼ·εⱼ`. Over sigma it is the linear
 * multistep method of k-diffusion, over log sigma DEIS tAB (Zhang & Chen 2022, eq. 15).
 */
export function linearMultistep(
  intervals: readonly Interval[],
  prediction: Prediction,
  options: LinearMultistepOptions,
): Stage[] {
  return intervals.map((interval, k) => {
    const { from, to } = interval
    const order = Math.min(options.order(k), k + 1)
    const history = Array.from({ length: order }, (_, j) => intervals[k - j]!.from)
    const overLog = options.variable === 'logSigma'
    const place = overLog ? (sigma: number) => Math.log(sigma) : (sigma: number) => sigma
    const ends = [from, to].map((level) => place(noiseToSignal(level)))
    const nodes = history.map((level) => place(noiseToSignal(level)))
    const weights = lagrangeIntegrals(nodes, ends[0]!, ends[1]!, overLog ? Math.exp : undefined)
    return {
      ...evaluate(prediction, interval),
      keep: keepNoise(prediction, from, options.filtered),
      next: {
        samples: { [k]: to.alpha / from.alpha },
        estimates: Object.fromEntries(weights.map((weight, j) => [k - j, weight * to.alpha])),
      },
    }
  })
}
