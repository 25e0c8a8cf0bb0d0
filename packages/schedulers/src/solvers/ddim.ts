import type { NoiseLevel } from '../noise-level.ts'
import type { Stage, Terms } from '../plan.ts'
import { type Run, stepThrough } from '../sampling-grid.ts'
import { splitNoise, transfer } from '../transfer.ts'

/**
 * Denoising diffusion implicit models (Song et al. 2020, eq. 12). One evaluation per interval.
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

/**
 * `scale · (alpha · denoised + sigma · noise)` with the noise that the model said.
 * Parity: a filter changes the denoised estimate only, not this noise.
 */
function towards(run: Run, stage: number, from: NoiseLevel, { alpha, sigma }: NoiseLevel, scale = 1): Terms {
  const [ofSample, ofOutput] = run.prediction.noise(from)
  return { samples: { [stage]: scale * sigma * ofSample }, denoised: scale * alpha, output: scale * sigma * ofOutput }
}
