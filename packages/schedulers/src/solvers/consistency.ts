import type { Stage } from '../plan.ts'
import { type Run, stepThrough } from '../sampling-grid.ts'

/** Options of `renoise`. */
export interface RenoiseOptions {
  /** Weights of sample and estimate that make the jump the identity at timestep 0 (Luo et al. 2023, eq. 9). */
  boundary?(timestep: number): readonly [skip: number, out: number]
  /** Parity: draw after the last jump too, though nothing of it is used. */
  readonly drawsAtEnd?: boolean
}

/** Jumps to the estimate of the clean sample and noises it to the next level: LCM, stochastic flow matching. */
export function renoise(run: Run, { boundary = () => [0, 1], drawsAtEnd = false }: RenoiseOptions): Stage[] {
  return stepThrough(run, ({ timestep, to: { alpha, sigma } }, k) => {
    const [skip, out] = boundary(timestep)
    const jump = { samples: { [k]: alpha * skip }, denoised: alpha * out }
    return { next: sigma === 0 && !drawsAtEnd ? jump : { ...jump, noise: sigma } }
  })
}
