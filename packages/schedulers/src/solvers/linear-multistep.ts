import { meanWeights } from '../multistep-weights.ts'
import { noiseToSignal } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { byStage, keepNoise, latest, type Run, stepThrough } from '../sampling-grid.ts'
import { transferNoise } from '../transfer.ts'

/**
 * Carries the sample on by the mean of the polynomial through the latest `order` noise estimates, fewer at the start.
 * @param over what the polynomial goes by: sigma (k-diffusion's LMS), or the number of the step, as if steps were equal
 * (iPNDM; Liu et al. 2022, eq. 9).
 */
export function linearMultistep(run: Run, order: number, over: 'sigma' | 'number' = 'sigma'): Stage[] {
  const placeOf = (k: number) => (over === 'number' ? k : noiseToSignal(run.intervals[k]!.from))
  return stepThrough(run, ({ from, to }, k) => {
    const stages = latest(k, Math.min(order, k + 1))
    const weights = meanWeights(stages.map(placeOf), over === 'number' ? k + 1 : noiseToSignal(to))
    // Parity: where the first level has no signal (iPNDM), the reference divides by 1e-8 instead.
    const { sample, noise } = transferNoise({ ...from, alpha: Math.max(from.alpha, 1e-8) }, to)
    return {
      keep: keepNoise(run, from),
      next: { samples: { [k]: sample }, estimates: byStage(stages, weights, noise) },
    }
  })
}
