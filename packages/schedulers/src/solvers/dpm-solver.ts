import { type ExponentialForm, type ExponentialStep, exponentialStep } from '../exponential-step.ts'
import { lambda } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { byStage, keepEstimate, type Run, stepThrough } from '../sampling-grid.ts'

/** Options of `dpmSolver`. */
export interface DpmSolverOptions extends ExponentialForm {
  /** Order of each interval, 1 to 3; lower where there is no history yet. */
  readonly orders: readonly number[]
  /** Groups of intervals that each start over from their first sample, instead of ever from the latest. Default false. */
  readonly singlestep?: boolean
}

/**
 * DPM-Solver(++) (Lu et al. 2022), 1 to 3. Multistep takes derivatives in λ from the latest estimates (algorithm 2);
 * singlestep from those of a group of intervals, all of which go from the group's first sample.
 */
export function dpmSolver(run: Run, { orders, singlestep = false, ...form }: DpmSolverOptions): Stage[] {
  const levelAt = (stage: number) => run.intervals[stage]!.from
  return stepThrough(run, ({ from, to }, k) => {
    const order = Math.min(orders[k]!, k + 1)
    const anchor = singlestep ? k - order + 1 : k
    const step = exponentialStep(levelAt(anchor), to, { ...form, kind: order === 3 ? 'heun' : form.kind })
    /** Distance of an earlier evaluation from where the step begins, in steps. */
    const place = (stage: number) => (lambda(levelAt(stage)) - lambda(levelAt(anchor))) / step.h
    let weights = [step.d0]
    if (order === 2) {
      const change = step.d1 / place(singlestep ? k : k - 1)
      weights = singlestep ? [change, step.d0 - change] : [step.d0 - change, change]
    }
    if (order === 3) weights = singlestep ? forward(step, place(k), place(k - 1), form) : backward(step, place, k)
    const next = { samples: { [anchor]: step.sample }, estimates: byStage(weights, k) }
    return {
      keep: keepEstimate(run, from, form.data),
      next: form.stochastic ? { ...next, noise: step.noise } : next,
    }
  })
}

/** Third order from two earlier evaluations: divided differences, as DPM-Solver++ 3M takes them. */
function backward(step: ExponentialStep, place: (stage: number) => number, k: number): number[] {
  const r0 = -place(k - 1)
  const r1 = -place(k - 2) - r0
  const curve = (step.d1 * r0 + step.d2) / (r0 + r1)
  return [step.d0 + (step.d1 + curve) / r0, -(step.d1 + curve) / r0 - curve / r1, curve / r1]
}

/** Third order from two evaluations `far` and `near` after the start. Parity: the midpoint form uses the far one alone. */
function forward(step: ExponentialStep, far: number, near: number, { kind }: ExponentialForm): number[] {
  const both = kind !== 'midpoint'
  const ofFar = both ? (2 * step.d2 - near * step.d1) / (far - near) / far : step.d1 / far
  const ofNear = both ? (far * step.d1 - 2 * step.d2) / (far - near) / near : 0
  return [ofFar, ofNear, step.d0 - ofFar - ofNear]
}
