import type { Stage } from '../plan.ts'
import { type Run, stepThrough } from '../sampling-grid.ts'
import { splitNoise, transfer } from '../transfer.ts'

/** How much fresh noise a step of DDPM adds (Ho et al. 2020, section 3.2; Nichol & Dhariwal 2021, eq. 15). */
export type VarianceType = 'fixed_small' | 'fixed_small_log' | 'fixed_large' | 'learned' | 'learned_range'

/** Denoising diffusion probabilistic models (Ho et al. 2020, eq. 7). Draws noise except at timestep 0. */
export function ddpm(run: Run, variance: VarianceType): Stage[] {
  return stepThrough(run, ({ from, to, timestep }, k) => {
    const { down, up } = splitNoise(from, to, 1)
    const mean = transfer(k, from, down)
    if (timestep === 0) return { next: mean }

    // The two extremes of variance: that of a known picture, and that of unit noise.
    const small = Math.max(up ** 2, 1e-20)
    const large = 1 - (from.alpha / to.alpha) ** 2
    const next = { ...mean, noise: 1 }
    if (variance === 'learned') return { next, learnedNoise: { kind: 'variance' } }
    if (variance === 'learned_range')
      return { next, learnedNoise: { kind: 'range', low: Math.log(small), high: Math.log(large) } }
    return { next: { ...mean, noise: Math.sqrt(variance === 'fixed_large' ? large : small) } }
  })
}
