import type { NoiseLevel, NoisePath } from './noise-level.ts'
import type { KeptEstimate, Stage } from './plan.ts'
import type { Prediction } from './prediction.ts'

/** One step of a run: the model is asked at `from`, the sample goes to `to`. */
export interface Interval {
  readonly timestep: number
  readonly from: NoiseLevel
  /** Not always the next interval's `from`: DDIM and PNDM step by a fixed stride. */
  readonly to: NoiseLevel
}

/** What every solver goes by. */
export interface Run {
  readonly intervals: readonly Interval[]
  readonly prediction: Prediction
  /** Whether estimates of the clean sample are filtered. Default false. */
  readonly filtered?: boolean
}

/** Intervals between neighbours of `levels`, which holds one level more than there are timesteps. */
export function intervalsBetween(timesteps: readonly number[], levels: readonly NoiseLevel[]): Interval[] {
  return timesteps.map((timestep, k) => ({ timestep, from: levels[k]!, to: levels[k + 1]! }))
}

/** The same from sigmas of a path, rounded to float32 as the reference holds them. */
export function intervalsAlong(path: NoisePath, timesteps: readonly number[], sigmas: readonly number[]): Interval[] {
  return intervalsBetween(timesteps, sigmas.map(Math.fround).map(path))
}

/** What follows from an evaluation; unless it says otherwise, the denoised estimate is remembered. */
export type Following = Pick<Stage, 'next'> & Partial<Stage>

/** A stage that asks the model at a level. */
export function ask({ prediction }: Run, timestep: number, level: NoiseLevel, following: Following): Stage {
  const { inputScale, denoised } = prediction(level)
  return { timestep, level, inputScale, denoised, keep: { denoised: 1 }, ...following }
}

/** One evaluation per interval; `follow` says what follows from it. */
export function stepThrough(run: Run, follow: (interval: Interval, k: number) => Following): Stage[] {
  return run.intervals.map((interval, k) => ask(run, interval.timestep, interval.from, follow(interval, k)))
}

/** Remember the noise: what the model said, or, if the denoised estimate is filtered, what the filtered estimate implies. */
export function keepNoise({ prediction, filtered }: Run, level: NoiseLevel): KeptEstimate {
  if (filtered) return { sample: 1 / level.sigma, denoised: -level.alpha / level.sigma }
  const [sample, output] = prediction(level).noise
  return { sample, output }
}

/** The stage `newest` and those before it, `count` in all. */
export function latest(newest: number, count: number): number[] {
  return Array.from({ length: count }, (_, back) => newest - back)
}

/** Weights of estimates by the stages that they are remembered under, times `scale`. */
export function byStage(stages: readonly number[], weights: readonly number[], scale = 1): Record<number, number> {
  return Object.fromEntries(stages.map((stage, j) => [stage, scale * weights[j]!]))
}
