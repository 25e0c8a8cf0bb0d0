import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import type { KeptEstimate, Stage, Terms } from '../plan.ts'
import { evaluate, keepNoise, type Run } from '../sampling-grid.ts'
import { transfer } from '../transfer.ts'

const { fround } = Math

/**
 * Heun's method (Karras et al. 2022, algorithm 1): the mean slope of both ends. The last step is Euler's.
 * @param slope what to remember at a level as the derivative of the sample by sigma.
 */
export function heun(run: Run, slope: (level: NoiseLevel) => KeptEstimate): Stage[] {
  const stages: Stage[] = []
  for (const [i, interval] of run.intervals.entries()) {
    const { from, to } = interval
    const first = stages.length
    const step = to.sigma - from.sigma
    stages.push({ ...evaluate(run, interval), keep: slope(from), next: along(first, { [first]: step }) })
    if (to.sigma === 0) continue
    const next = along(first, { [first]: step / 2, [first + 1]: step / 2 })
    const end = { timestep: run.intervals[i + 1]!.timestep, from: to }
    stages.push({ ...evaluate(run, end), keep: slope(to), next })
  }
  return stages
}

/**
 * The slope half-way in log sigma (Karras et al. 2022, appendix; DPM-Solver-2). The last step is Euler's.
 * @param ancestral end each step in fresh noise.
 */
export function midpoint(run: Run, timestepAt: (sigma: number) => number, ancestral: boolean): Stage[] {
  const stages: Stage[] = []
  for (const interval of run.intervals) {
    const { from, to } = interval
    const { down, up } = ancestral ? splitInFloat32(from, to) : { down: to, up: 0 }
    const first = stages.length
    const half = fround(Math.exp((Math.log(from.sigma) + Math.log(down.sigma)) / 2))
    const middle = to.sigma === 0 ? to : varianceExploding(half)
    const toMiddle = along(first, { [first]: middle.sigma - from.sigma })
    stages.push({ ...evaluate(run, interval), keep: keepNoise(run, from), next: toMiddle })
    if (to.sigma === 0) continue
    const next = along(first, { [first + 1]: down.sigma - from.sigma })
    const place = { timestep: timestepAt(middle.sigma), from: middle }
    const stage = { ...evaluate(run, place), keep: keepNoise(run, middle) }
    stages.push({ ...stage, next: ancestral ? { ...next, noise: up } : next })
  }
  return stages
}

/** From the sample of a stage along remembered slopes. */
function along(stage: number, estimates: Readonly<Record<number, number>>): Terms {
  return { samples: { [stage]: 1 }, estimates }
}

/**
 * DPM-Solver++ SDE (k-diffusion's `dpmpp_sde`): a stochastic step to the middle in log sigma, whose estimate then takes
 * the whole step. The last step is Euler's. Each draw belongs to a stretch of sigma, so that a Brownian source can
 * make both draws of a step agree.
 */
export function stochasticMidpoint(run: Run, timestepAt: (sigma: number) => number): Stage[] {
  const stages: Stage[] = []
  for (const interval of run.intervals) {
    const { from, to } = interval
    const first = stages.length
    const stage = evaluate(run, interval)
    if (to.sigma === 0) {
      stages.push({ ...stage, next: { denoised: 1 } })
      continue
    }
    const middle = varianceExploding(fround(Math.sqrt(from.sigma * to.sigma)))
    const evaluations = [stage, evaluate(run, { timestep: timestepAt(middle.sigma), from: middle })]
    for (const [i, end] of [middle, to].entries()) {
      const { down, up } = splitInFloat32(from, end)
      const next = { ...transfer(first, from, down), noise: up }
      stages.push({ ...evaluations[i]!, next, noiseInterval: [from.sigma, end.sigma] })
    }
  }
  return stages
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
