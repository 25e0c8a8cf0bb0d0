import type { Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'

/** Options of `renoise`. */
export interface RenoiseOptions {
  /** Weights of sample and estimate that make the jump the identity at timestep 0 (Luo et al. 2023, eq. 9). */
  boundary?(timestep: number): readonly [skip: number, out: number]
  /** Parity: draw after the last jump too, though nothing of it is used. */
  readonly drawsAtEnd?: boolean
}

/**
 * Jumps to the estimate of the clean sample and noises it again to the next level: latent consistency models, stochastic
 * flow matching.
 */
export function renoise(intervals: readonly Interval[], prediction: Prediction, options: RenoiseOptions = {}): Stage[] {
  return intervals.map((interval, k) => {
    const [skip, out] = options.boundary?.(interval.timestep) ?? [0, 1]
    const { alpha, sigma } = interval.to
    const jump = { samples: { [k]: alpha * skip }, denoised: alpha * out }
    return {
      ...evaluate(prediction, interval),
      next: sigma === 0 && !options.drawsAtEnd ? jump : { ...jump, noise: sigma },
    }
  })
}
