import type { Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'

/**
 * Jumps to the estimate of the clean sample and noises it again to the next level: latent consistency models, stochastic
 * flow matching. The last jump is not noised if it lands on a clean level.
 * @param boundary weights of sample and estimate that make the jump the identity at timestep 0 (Luo et al. 2023, eq. 9).
 */
export function renoise(
  intervals: readonly Interval[],
  prediction: Prediction,
  boundary: (timestep: number) => readonly [skip: number, out: number] = () => [0, 1],
): Stage[] {
  return intervals.map((interval, k) => {
    const [skip, out] = boundary(interval.timestep)
    const { alpha, sigma } = interval.to
    const jump = { samples: { [k]: alpha * skip }, denoised: alpha * out }
    return { ...evaluate(prediction, interval), next: sigma === 0 ? jump : { ...jump, noise: sigma } }
  })
}
