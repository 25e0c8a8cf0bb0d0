import type { NoiseLevel } from '../noise-level.ts'
import type { Stage, Terms } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'
import { splitNoise, transfer } from '../transfer.ts'

/**
 * Denoising diffusion implicit models (Song et al. 2020, eq. 12). One evaluation per interval.
 * @param eta share of fresh noise, 0 to 1.
 * @param recomputeNoise use the noise that the filtered estimate implies, not the one the model gave.
 */
export function ddim(
  intervals: readonly Interval[],
  prediction: Prediction,
  eta: number,
  recomputeNoise = false,
): Stage[] {
  return intervals.map((interval, k) => {
    const { from, to } = interval
    const { down, up } = splitNoise(from, to, eta)
    const noise = eta > 0 ? { noise: up } : {}
    const stage = evaluate(prediction, interval)
    if (recomputeNoise) {
      const step = transfer(from, down)
      return { ...stage, next: { samples: { [k]: step.sample }, denoised: step.denoised, ...noise } }
    }
    return { ...stage, next: { ...towards(prediction, k, from, down), ...noise } }
  })
}

/**
 * Trajectory consistency (Zheng et al. 2024, algorithm 4): below each interval's end lies a level of `aims`; the sample goes
 * there without noise and is noised back up to the end, except after the last step.
 */
export function trajectoryConsistency(
  intervals: readonly Interval[],
  prediction: Prediction,
  aims: readonly NoiseLevel[],
): Stage[] {
  return intervals.map((interval, k) => {
    const { from, to } = interval
    const aim = aims[k]!
    const stage = evaluate(prediction, interval)
    if (aim === to || k === intervals.length - 1) return { ...stage, next: towards(prediction, k, from, aim) }
    const back = to.alpha / aim.alpha
    return { ...stage, next: { ...towards(prediction, k, from, aim, back), noise: Math.sqrt(1 - back ** 2) } }
  })
}

/**
 * `scale · (alpha · denoised + sigma · noise)` with the noise that the model said.
 * Parity: a filter changes the denoised estimate only, not this noise.
 */
function towards(
  prediction: Prediction,
  stage: number,
  from: NoiseLevel,
  { alpha, sigma }: NoiseLevel,
  scale = 1,
): Terms {
  const [ofSample, ofOutput] = prediction.noise(from)
  return { samples: { [stage]: scale * sigma * ofSample }, denoised: scale * alpha, output: scale * sigma * ofOutput }
}
