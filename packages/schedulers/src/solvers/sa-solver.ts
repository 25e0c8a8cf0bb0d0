import { lagrangeIntegrals } from '../multistep-weights.ts'
import { lambda } from '../noise-level.ts'
import type { Stage, Terms } from '../plan.ts'
import { byStage, type Interval, keepEstimate, type Run, stepThrough } from '../sampling-grid.ts'

/** Options of `saSolver`. */
export interface SASolverOptions {
  /** Orders of predictor and corrector on each interval, 1 to 4; lower where there is no history yet. */
  readonly predictorOrders: readonly number[]
  readonly correctorOrders: readonly number[]
  /** Share of fresh noise by timestep, 0 to 1. */
  tau(timestep: number): number
  /** Integrate the clean estimate instead of the noise estimate. */
  readonly data: boolean
}

/** Stochastic Adams: predictor and corrector in λ with noise of any size (Xue et al. 2023, algorithm 1). */
export function saSolver(run: Run, { predictorOrders, correctorOrders, tau, data }: SASolverOptions): Stage[] {
  return stepThrough(run, ({ timestep, from }, k) => {
    const order = Math.min(predictorOrders[k]!, k + 1)
    const { terms, noise } = step(run.intervals, k, k, order, tau(timestep), data)
    const stage = { keep: keepEstimate(run, from, data), next: { ...terms, noise } }
    if (k === 0) return stage
    const last = k - 1
    const rewritten = Math.min(correctorOrders[last]!, k + 1)
    const correct = step(run.intervals, last, k, rewritten, tau(run.intervals[last]!.timestep), data)
    return { ...stage, correct: { ...correct.terms, noises: { [last]: correct.noise } } }
  })
}

/** The step over interval k with `order` estimates up to that of stage `newest`. */
function step(
  intervals: readonly Interval[],
  k: number,
  newest: number,
  order: number,
  tau: number,
  data: boolean,
): { readonly terms: Terms; readonly noise: number } {
  const { from, to } = intervals[k]!
  const end = lambda(to)
  const h = end - lambda(from)
  const nodes = Array.from({ length: order }, (_, j) => lambda(intervals[newest - j]!.from))
  const strength = 1 + tau ** 2
  // Everything is measured from the end of the step, so that no exponential overflows.
  const weight = data ? (x: number) => Math.exp(strength * (x - end)) : (x: number) => Math.exp(end - x)
  const weights = lagrangeIntegrals(nodes, lambda(from), end, weight)
  if (data && order === 2) {
    // Parity: a term of third order that helps with few steps, after UniPC.
    const sh = strength * h
    const extra = h ** 2 / 2 - (sh + Math.expm1(-sh)) / strength ** 2
    const quotient = extra / (newest === k ? lambda(from) - nodes[1]! : h)
    weights[0]! += quotient
    weights[1]! -= quotient
  }
  const scale = strength * (data ? to.alpha : -to.sigma)
  const estimates = byStage(
    weights.map((weight) => scale * weight),
    newest,
  )
  const sample = data ? Math.exp(-(tau ** 2) * h) * (to.sigma / from.sigma) : to.alpha / from.alpha
  const noise = data
    ? to.sigma * Math.sqrt(-Math.expm1(-2 * tau ** 2 * h))
    : tau * to.sigma * Math.sqrt(Math.expm1(2 * h))
  return { terms: { samples: { [k]: sample }, estimates }, noise }
}
