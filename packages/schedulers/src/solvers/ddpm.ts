import type { LearnedNoise, Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'
import { splitNoise, transfer } from '../transfer.ts'

/** How much fresh noise a step of DDPM adds (Ho et al. 2020, section 3.2; Nichol & Dhariwal 2021, eq. 15). */
export type VarianceType = 'fixed_small' | 'fixed_small_log' | 'fixed_large' | 'learned' | 'learned_range'

/** Denoising diffusion probabilistic models (Ho et al. 2020, eq. 7). Draws noise except at timestep 0. */
export function ddpm(intervals: readonly Interval[], prediction: Prediction, variance: VarianceType): Stage[] {
  return intervals.map((interval, k) => {
    const { from, to, timestep } = interval
    const { down, up } = splitNoise(from, to, 1)
    const step = transfer(from, down)
    const mean = { samples: { [k]: step.sample }, denoised: step.denoised }
    const stage = evaluate(prediction, interval)
    if (timestep === 0) return { ...stage, next: mean }

    // The two extremes of variance: that of a known picture, and that of unit noise.
    const small = Math.max(up ** 2, 1e-20)
    const large = 1 - (from.alpha / to.alpha) ** 2
    if (variance === 'learned' || variance === 'learned_range') {
      const learnedNoise: LearnedNoise =
        variance === 'learned' ? { kind: 'variance' } : { kind: 'range', low: Math.log(small), high: Math.log(large) }
      return { ...stage, next: { ...mean, noise: 1 }, learnedNoise }
    }
    return { ...stage, next: { ...mean, noise: Math.sqrt(variance === 'fixed_large' ? large : small) } }
  })
}
