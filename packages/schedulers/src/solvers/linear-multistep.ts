import { adamsBashforth, lagrangeIntegrals } from '../multistep-weights.ts'
import { noiseToSignal } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { byStage, keepNoise, type Run, stepThrough } from '../sampling-grid.ts'
import { transferNoise } from '../transfer.ts'

/**
 * Integrates the polynomial through the latest noise estimates: `x′/α′ = x/α + Σ Cⱼ·εⱼ`. Over the ratio of noise to signal
 * (`sigma`) it is the linear multistep method of k-diffusion, over its logarithm DEIS tAB (Zhang & Chen 2022, eq. 15).
 * @param orderAt estimates used by interval number, 1 to 4; fewer at the start.
 */
export function linearMultistep(
  run: Run,
  variable: 'sigma' | 'logSigma',
  orderAt: (interval: number) => number,
): Stage[] {
  const overLog = variable === 'logSigma'
  const place = overLog ? Math.log : (sigma: number) => sigma
  return stepThrough(run, ({ from, to }, k) => {
    const order = Math.min(orderAt(k), k + 1)
    const nodes = Array.from({ length: order }, (_, j) => place(noiseToSignal(run.intervals[k - j]!.from)))
    const end = place(noiseToSignal(to))
    const weights = lagrangeIntegrals(nodes, nodes[0]!, end, overLog ? Math.exp : undefined)
    const estimates = weights.map((weight) => weight * to.alpha)
    const next = { samples: { [k]: to.alpha / from.alpha }, estimates: byStage(estimates, k) }
    return { keep: keepNoise(run, from), next }
  })
}

/** The same over the number of the step, as if steps were equal (iPNDM; Liu et al. 2022, eq. 9). */
export function equalMultistep(run: Run): Stage[] {
  return stepThrough(run, ({ from, to }, k) => {
    // Parity: where the first level has no signal, the reference divides by 1e-8 instead.
    const step = transferNoise({ ...from, alpha: Math.max(from.alpha, 1e-8) }, to)
    const estimates = adamsBashforth(Math.min(k + 1, 4)).map((weight) => weight * step.noise)
    return { keep: keepNoise(run, from), next: { samples: { [k]: step.sample }, estimates: byStage(estimates, k) } }
  })
}
