import { lagrangeIntegrals } from '../multistep-weights.ts'
import { lambda, type NoiseLevel } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { byStage, keepNoise, latest, type Run, stepThrough } from '../sampling-grid.ts'

/**
 * Options of `exponentialSolver`. DPM-Solver(++) (Lu et al. 2022), DEIS (Zhang & Chen 2022), UniPC (Zhao et al. 2023) and
 * SA-Solver (Xue et al. 2023) are one method and differ in nothing else. Lists go by interval and may begin earlier than
 * the run.
 */
export interface ExponentialOptions {
  /** Integrate the clean estimate instead of the noise estimate. */
  readonly data: boolean
  /** Estimates that each step is made from, 1 to 4; fewer where there is no history yet. */
  readonly orders: readonly number[]
  /** Estimates that then correct the step, the one at its end among them; 0 for none. Default none anywhere. */
  readonly corrections?: readonly number[]
  /** Share of fresh noise by timestep, 0 to 1. Default: none is drawn. */
  readonly tau?: ((timestep: number) => number) | undefined
  /** By order, what a method takes for the highest moment of its estimates instead of the exact one. */
  readonly moments?: Readonly<Record<number, Moment>>
  /** Orders count up in groups, and all steps of a group begin at its first sample (singlestep). Default false. */
  readonly anchored?: boolean
  /** Parity: an anchored third-order step leaves out the estimate in its middle. Default false. */
  readonly skipsMiddle?: boolean
}

/** Moments of a step: of the estimate itself (`mass`), and of its highest derivative that is known (`exact`). */
export type Moment = (step: {
  readonly exact: number
  readonly mass: number
  /** Length of the step in λ. */
  readonly h: number
}) => number

/**
 * Integrates the polynomial in λ through some estimates, the linear part and fresh noise being exact. A multistep method
 * (`x′` from the latest sample), a singlestep one, or a predictor whose step is corrected once the model was asked at its end.
 */
export function exponentialSolver(run: Run, options: ExponentialOptions): Stage[] {
  const { data, anchored = false, moments = {}, skipsMiddle = false } = options
  const ofRun = (list: readonly number[] = []) => list.slice(-run.intervals.length)
  const [orders, corrections] = [ofRun(options.orders), ofRun(options.corrections)]

  /** The step that ends interval `k` from the sample of stage `start`, by the estimates of `stages`. */
  function step(start: number, k: number, stages: readonly number[], moment: Moment | undefined) {
    const { timestep, to } = run.intervals[k]!
    const nodes = stages.map((stage) => lambda(run.intervals[stage]!.from))
    const tau = options.tau?.(timestep) ?? 0
    const { sample, weights, noise } = exponentialStep(run.intervals[start]!.from, to, nodes, data, tau, moment)
    return { terms: { samples: { [start]: sample }, estimates: byStage(stages, weights) }, noise }
  }

  return stepThrough(run, ({ from }, k) => {
    const order = Math.min(orders[k]!, k + 1)
    const start = anchored ? k - order + 1 : k
    const stages = skipsMiddle && order === 3 ? [k, start] : latest(k, order)
    const { terms, noise } = step(start, k, stages, moments[order])
    const next = options.tau ? { ...terms, noise } : terms
    const stage = { keep: data ? { denoised: 1 } : keepNoise(run, from), next }
    const last = k - 1
    const used = Math.min(corrections[last] ?? 0, k + 1)
    if (used === 0) return stage
    const again = step(last, last, latest(k, used), moments[used])
    const correct = options.tau ? { ...again.terms, noises: { [last]: again.noise } } : again.terms
    return { ...stage, correct }
  })
}

/** One step: `next = sample · x + Σ weightⱼ · estimateⱼ + noise · ε` with estimates at `nodes`, places in λ. */
export function exponentialStep(
  from: NoiseLevel,
  to: NoiseLevel,
  nodes: readonly number[],
  data: boolean,
  tau: number,
  moment?: Moment,
): { readonly sample: number; readonly weights: readonly number[]; readonly noise: number } {
  const [begin, end] = [lambda(from), lambda(to)]
  const h = end - begin
  const strength = 1 + tau ** 2
  const rate = data ? strength : -1
  // Everything is measured from the end of the step, so that no exponential overflows.
  const mass = -Math.expm1(-rate * h) / rate
  const weights =
    nodes.length === 1 ? [mass] : lagrangeIntegrals(nodes, begin, end, (place) => Math.exp(rate * (place - end)))
  if (moment && nodes.length > 1) {
    const exact = weights.reduce((sum, weight, j) => sum + weight * (nodes[j]! - begin) ** (nodes.length - 1), 0)
    const change = moment({ exact, mass, h }) - exact
    for (const [j, node] of nodes.entries()) {
      // Divided differences change the highest moment alone.
      weights[j]! += nodes.reduce((share, other, k) => (k === j ? share : share / (node - other)), change)
    }
  }
  const scale = strength * (data ? to.alpha : -to.sigma)
  const scaled = weights.map((weight) => scale * weight)
  if (!data)
    return { sample: to.alpha / from.alpha, weights: scaled, noise: tau * to.sigma * Math.sqrt(Math.expm1(2 * h)) }
  const kept = tau === 0 ? 1 : Math.exp(-(tau ** 2) * h)
  return { sample: kept * (to.sigma / from.sigma), weights: scaled, noise: to.sigma * Math.sqrt(1 - kept ** 2) }
}
