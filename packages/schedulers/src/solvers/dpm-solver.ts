import { type ExponentialForm, exponentialStep } from '../exponential-step.ts'
import { lambda, type NoiseLevel } from '../noise-level.ts'
import type { KeptEstimate, Stage } from '../plan.ts'
import { keepDenoised, keepNoise, type Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'

/** Options of both DPM-Solvers. */
export interface DpmSolverOptions extends ExponentialForm {
  /** Order of each interval, 1 to 3; lower where there is no history yet. */
  readonly orders: readonly number[]
  readonly filtered: boolean
}

/** Weights of the estimates at hand, newest first, that make a difference quotient. */
type Quotient = readonly number[]

/** DPM-Solver(++) multistep, 1 to 3: derivatives in λ from the latest estimates (Lu et al. 2022, algorithm 2). */
export function dpmMultistep(
  intervals: readonly Interval[],
  prediction: Prediction,
  options: DpmSolverOptions,
): Stage[] {
  return intervals.map((interval, k) => {
    const { from, to } = interval
    const order = Math.min(options.orders[k]!, k + 1)
    const step = exponentialStep(from, to, { ...options, kind: order === 3 ? 'heun' : options.kind })
    const gap = (back: number) => (lambda(intervals[k - back]!.from) - lambda(intervals[k - back - 1]!.from)) / step.h
    let estimates: Quotient = [step.d0]
    if (order === 2) estimates = add(estimates, step.d1, [1 / gap(0), -1 / gap(0)])
    if (order === 3) {
      const [r0, r1] = [gap(0), gap(1)]
      const recent: Quotient = [1 / r0, -1 / r0]
      const change = add(recent, -1, [0, 1 / r1, -1 / r1])
      estimates = add(add(estimates, step.d1, recent), (step.d1 * r0 + step.d2) / (r0 + r1), change)
    }
    return {
      ...evaluate(prediction, interval),
      keep: keepForm(prediction, from, options),
      next: { samples: { [k]: step.sample }, ...byStage(estimates, k), ...fresh(step.noise, options) },
    }
  })
}

/** DPM-Solver(++) singlestep, 1 to 3: each group of intervals starts over from its first sample. */
export function dpmSinglestep(
  intervals: readonly Interval[],
  prediction: Prediction,
  options: DpmSolverOptions,
): Stage[] {
  return intervals.map((interval, k) => {
    const order = Math.min(options.orders[k]!, k + 1)
    const anchor = k - order + 1
    const from = intervals[anchor]!.from
    const step = exponentialStep(from, interval.to, { ...options, kind: order === 3 ? 'heun' : options.kind })
    const distance = (stage: number) => (lambda(intervals[stage]!.from) - lambda(from)) / step.h
    let estimates: Quotient = [step.d0]
    if (order === 2) estimates = [step.d1 / distance(k), step.d0 - step.d1 / distance(k)]
    if (order === 3) {
      const [r0, r1] = [distance(k), distance(k - 1)]
      const far: Quotient = [1 / r0, 0, -1 / r0]
      const near: Quotient = [0, 1 / r1, -1 / r1]
      // Parity: the midpoint form uses the far quotient alone.
      const [ofFar, ofNear] =
        options.kind === 'midpoint'
          ? [step.d1, 0]
          : [(2 * step.d2 - r1 * step.d1) / (r0 - r1), (r0 * step.d1 - 2 * step.d2) / (r0 - r1)]
      estimates = add(add([0, 0, step.d0], ofFar, far), ofNear, near)
    }
    return {
      ...evaluate(prediction, interval),
      keep: keepForm(prediction, interval.from, options),
      next: { samples: { [anchor]: step.sample }, ...byStage(estimates, k), ...fresh(step.noise, options) },
    }
  })
}

/** The estimate that a form integrates. */
export function keepForm(
  prediction: Prediction,
  level: NoiseLevel,
  form: { data: boolean; filtered: boolean },
): KeptEstimate {
  return form.data ? keepDenoised : keepNoise(prediction, level, form.filtered)
}

function add(a: Quotient, weight: number, b: Quotient): Quotient {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + weight * (b[i] ?? 0))
}

function byStage(weights: Quotient, newest: number): { readonly estimates: Record<number, number> } {
  return { estimates: Object.fromEntries(weights.map((weight, back) => [newest - back, weight])) }
}

function fresh(noise: number, { stochastic }: ExponentialForm): { readonly noise?: number } {
  return stochastic ? { noise } : {}
}
