import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import type { KeptEstimate, Stage, Terms } from '../plan.ts'
import { ask, type Following, keepNoise, type Run } from '../sampling-grid.ts'
import type { Churn } from '../scheduler.ts'
import { transfer } from '../transfer.ts'
import { raiseNoise } from './first-order.ts'

const { fround } = Math

// These solvers ask the model twice a step, so that step i begins at stage 2i; a step to sigma 0, the last, is Euler's.

/**
 * Heun's method (Karras et al. 2022, algorithm 1): the mean slope of both ends.
 * @param slope what to remember at a level as the derivative of the sample by sigma.
 * @param churn raises the noise before each step. Parity: the model is asked before that, and both evaluations draw.
 */
export function heun(
  run: Run & { steps: number },
  slope: (level: NoiseLevel) => KeptEstimate,
  churn: Churn = {},
): Stage[] {
  const evaluations = 2 * run.steps - 1
  return run.intervals.flatMap(({ timestep, from, to }, i) => {
    const first = 2 * i
    const { raised, added } = raiseNoise(from, churn, evaluations)
    const step = to.sigma - raised.sigma
    const ofStart = step * (from.sigma / raised.sigma)
    const toEnd = along(first, { [first]: ofStart })
    const start = ask(run, timestep, from, {
      keep: slope(from),
      next: added ? { ...toEnd, noise: added } : toEnd,
    })
    if (to.sigma === 0) return [start]
    const mean = along(first, { [first]: ofStart / 2, [first + 1]: step / 2 })
    const next = added ? { ...mean, noises: { [first]: added }, noise: 0 } : mean
    return [start, ask(run, run.intervals[i + 1]!.timestep, to, { keep: slope(to), next })]
  })
}

/** The slope half-way in log sigma (DPM-Solver-2; Karras et al. 2022, appendix); `ancestral`: to end in fresh noise. */
export function midpoint(run: Run, timestepAt: (sigma: number) => number, ancestral: boolean): Stage[] {
  return run.intervals.flatMap(({ timestep, from, to }, i) => {
    const first = 2 * i
    const { down, up } = ancestral ? splitInFloat32(from, to) : { down: to, up: 0 }
    const half = fround(Math.exp((Math.log(from.sigma) + Math.log(down.sigma)) / 2))
    const middle = to.sigma === 0 ? to : varianceExploding(half)
    const toMiddle = along(first, { [first]: middle.sigma - from.sigma })
    const start = ask(run, timestep, from, { keep: keepNoise(run, from), next: toMiddle })
    if (to.sigma === 0) return [start]
    const toEnd = along(first, { [first + 1]: down.sigma - from.sigma })
    const next = ancestral ? { ...toEnd, noise: up } : toEnd
    return [start, ask(run, timestepAt(middle.sigma), middle, { keep: keepNoise(run, middle), next })]
  })
}

/** From the sample of a stage along remembered slopes. */
function along(stage: number, estimates: Readonly<Record<number, number>>): Terms {
  return { samples: { [stage]: 1 }, estimates }
}

/**
 * DPM-Solver++ SDE (k-diffusion's `dpmpp_sde`): a stochastic step to the middle in log sigma, whose estimate then takes
 * the whole step. Each draw belongs to a stretch of sigma, so that a Brownian source can make both of a step agree.
 */
export function stochasticMidpoint(run: Run, timestepAt: (sigma: number) => number): Stage[] {
  return run.intervals.flatMap(({ timestep, from, to }, i) => {
    if (to.sigma === 0) return [ask(run, timestep, from, { next: { denoised: 1 } })]
    const stepTo = (end: NoiseLevel): Following => {
      const { down, up } = splitInFloat32(from, end)
      return { next: { ...transfer(2 * i, from, down), noise: up }, noiseInterval: [from.sigma, end.sigma] }
    }
    const middle = varianceExploding(fround(Math.sqrt(from.sigma * to.sigma)))
    return [ask(run, timestep, from, stepTo(middle)), ask(run, timestepAt(middle.sigma), middle, stepTo(to))]
  })
}

/**
 * `splitNoise` with eta 1 on an exploding path. Parity: in float32, as the reference; where a step is long, the level
 * below the noise is a small difference of large numbers, and its rounding decides where the middle lies.
 */
function splitInFloat32(from: NoiseLevel, to: NoiseLevel): { readonly down: NoiseLevel; readonly up: number } {
  const square = (sigma: number) => fround(sigma * sigma)
  const [start, end] = [square(from.sigma), square(to.sigma)]
  const up = fround(Math.sqrt(fround(fround(end * fround(start - end)) / start)))
  // A level that rounds to no noise at all would leave the model nothing to do; there the exact one is taken.
  const down = fround(Math.sqrt(fround(end - square(up)))) || fround(end / from.sigma)
  return { up, down: varianceExploding(down) }
}
