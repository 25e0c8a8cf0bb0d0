import { adamsBashforth, lagrangeIntegrals } from '../multistep-weights.ts'
import { noiseToSignal } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { byStage, keepNoise, latest, type Run, stepThrough } from '../sampling-grid.ts'
import { transferNoise } from '../transfer.ts'

/**
 * Integrates the polynomial through the latest noise estimates over sigma: `x′/α′ = x/α + Σ Cⱼ·εⱼ` (k-diffusion's LMS).
 * Uses `order` estimates, 1 to 4; fewer at the start.
 */
export function linearMultistep(run: Run, order: number): Stage[] {
  return stepThrough(run, ({ from, to }, k) => {
    const stages = latest(k, Math.min(order, k + 1))
    const nodes = stages.map((stage) => noiseToSignal(run.intervals[stage]!.from))
    const weights = lagrangeIntegrals(nodes, nodes[0]!, noiseToSignal(to))
    const next = { samples: { [k]: to.alpha / from.alpha }, estimates: byStage(stages, weights, to.alpha) }
    return { keep: keepNoise(run, from), next }
  })
}

/** The same over the number of the step, as if steps were equal (iPNDM; Liu et al. 2022, eq. 9). */
export function equalMultistep(run: Run): Stage[] {
  return stepThrough(run, ({ from, to }, k) => {
    // Parity: where the first level has no signal, the reference divides by 1e-8 instead.
    const step = transferNoise({ ...from, alpha: Math.max(from.alpha, 1e-8) }, to)
    const stages = latest(k, Math.min(k + 1, 4))
    const estimates = byStage(stages, adamsBashforth(stages.length), step.noise)
    return { keep: keepNoise(run, from), next: { samples: { [k]: step.sample }, estimates } }
  })
}
