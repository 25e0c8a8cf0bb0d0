import { lambda, type NoiseLevel } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { byStage, keepEstimate, type Run, stepThrough } from '../sampling-grid.ts'

/** Which integral a DPM-Solver approximates. */
export interface ExponentialForm {
  /** Integrate the clean estimate (DPM-Solver++) instead of the noise estimate (DPM-Solver). */
  readonly data: boolean
  /** Solve the stochastic equation, which adds fresh noise in each step. */
  readonly stochastic: boolean
  /** How the first derivative enters at second order. */
  readonly kind: 'midpoint' | 'heun'
}

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

/** Weights of one step: `next = sample · x + d0 · D₀ + d1 · D₁ + d2 · D₂ + noise · ε`. */
export interface ExponentialStep {
  readonly sample: number
  /** Of the estimate and its first and second derivative in λ, in units of the step. */
  readonly d0: number
  readonly d1: number
  readonly d2: number
  readonly noise: number
  /** Length of the step in λ. */
  readonly h: number
}

/**
 * Exact integration of the linear part in λ, Taylor expansion of the rest (Lu et al. 2022, "DPM-Solver", eq. 3.7, and
 * "DPM-Solver++", eq. 8 and appendix A for the stochastic forms).
 */
export function exponentialStep(from: NoiseLevel, to: NoiseLevel, form: ExponentialForm): ExponentialStep {
  const h = lambda(to) - lambda(from)
  const { data, stochastic, kind } = form
  if (data) {
    const kh = stochastic ? 2 * h : h
    const phi = -Math.expm1(-kh)
    const d0 = to.alpha * phi
    return {
      sample: (to.sigma / from.sigma) * (stochastic ? Math.exp(-h) : 1),
      d0,
      d1: kind === 'midpoint' ? d0 / 2 : to.alpha * (1 - phi / kh),
      // Parity: the two forms differ in the sign of the half.
      d2: to.alpha * ((phi - kh) / kh ** 2 + (stochastic ? -0.5 : 0.5)),
      noise: stochastic ? to.sigma * Math.sqrt(-Math.expm1(-2 * h)) : 0,
      h,
    }
  }
  const growth = Math.expm1(h)
  const scale = -to.sigma * (stochastic ? 2 : 1)
  const d0 = scale * growth
  return {
    sample: to.alpha / from.alpha,
    d0,
    d1: kind === 'midpoint' ? d0 / 2 : scale * (growth / h - 1),
    d2: scale * ((growth - h) / h ** 2 - 0.5),
    noise: stochastic ? to.sigma * Math.sqrt(Math.expm1(2 * h)) : 0,
    h,
  }
}
