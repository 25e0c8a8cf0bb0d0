import { lambda } from '../noise-level.ts'
import type { Stage, Terms } from '../plan.ts'
import { type Interval, keepEstimate, type Run, stepThrough } from '../sampling-grid.ts'

/** Options of `unipc`. */
export interface UniPCOptions {
  /** Order of the predictor on each interval; lower where there is no history yet. */
  readonly orders: readonly number[]
  /** Correct the sample that the step on an interval led to. */
  readonly corrects: readonly boolean[]
  /** Integrate the clean estimate instead of the noise estimate. */
  readonly data: boolean
  /** The paper's B(h): h or e^h − 1. */
  readonly kind: 'bh1' | 'bh2'
}

/** UniPC: a predictor, and a corrector that costs no evaluation (Zhao et al. 2023, algorithms 1 and 2). */
export function unipc(run: Run, options: UniPCOptions): Stage[] {
  const { intervals } = run
  const orderAt = (k: number) => Math.min(options.orders[k]!, k + 1)
  return stepThrough(run, ({ from }, k) => {
    const next = step(intervals, k, orderAt(k), options, false)
    const stage = { keep: keepEstimate(run, from, options.data), next }
    if (k === 0 || !options.corrects[k - 1]) return stage
    return { ...stage, correct: step(intervals, k - 1, orderAt(k - 1), options, true) }
  })
}

/** The step over interval k from the estimates before it and, when correcting, the one after it. */
function step(
  intervals: readonly Interval[],
  k: number,
  order: number,
  options: UniPCOptions,
  correcting: boolean,
): Terms {
  const { from, to } = intervals[k]!
  const h = lambda(to) - lambda(from)
  const hh = options.data ? -h : h
  const growth = Math.expm1(hh)
  const B = options.kind === 'bh1' ? hh : growth
  const r = Array.from({ length: order - 1 }, (_, i) => (lambda(intervals[k - 1 - i]!.from) - lambda(from)) / h)
  const scale = -(options.data ? to.alpha : to.sigma)
  const estimates: Record<number, number> = { [k]: scale * growth }
  const difference = (stage: number, weight: number) => {
    estimates[stage] = (estimates[stage] ?? 0) + weight
    estimates[k]! -= weight
  }
  const rho = residuals(correcting ? [...r, 1] : r, hh, B)
  for (const [i, distance] of r.entries()) difference(k - 1 - i, (scale * B * rho[i]!) / distance)
  if (correcting) difference(k + 1, scale * B * rho.at(-1)!)
  return { samples: { [k]: options.data ? to.sigma / from.sigma : to.alpha / from.alpha }, estimates }
}

/** The paper's ρ, which solves R·ρ = φ/B (eq. 9). A single ρ is ½, which is exact enough and simpler (section 3.4). */
function residuals(distances: readonly number[], hh: number, B: number): readonly number[] {
  if (distances.length === 1) return [0.5]
  const rows: number[][] = []
  const values: number[] = []
  let phi = Math.expm1(hh) / hh - 1
  let factorial = 1
  for (let i = 1; i <= distances.length; i++) {
    rows.push(distances.map((r) => r ** (i - 1)))
    values.push((phi * factorial) / B)
    factorial *= i + 1
    phi = phi / hh - 1 / factorial
  }
  return solveLinear(rows, values)
}

/** Solves `rows · x = values` for a small square system by elimination with row exchange. */
function solveLinear(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const table = rows.map((row, i) => [...row, values[i]!])
  for (let column = 0; column < table.length; column++) {
    const rest = table.slice(column)
    const pivot = column + rest.indexOf(rest.reduce((a, b) => (Math.abs(b[column]!) > Math.abs(a[column]!) ? b : a)))
    ;[table[column], table[pivot]] = [table[pivot]!, table[column]!]
    const chosen = table[column]!
    for (const row of table) {
      if (row === chosen) continue
      const factor = row[column]! / chosen[column]!
      for (let j = column; j < row.length; j++) row[j]! -= factor * chosen[j]!
    }
  }
  return table.map((row, i) => row.at(-1)! / row[i]!)
}
