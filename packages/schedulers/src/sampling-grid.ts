import type { NoiseLevel } from './noise-level.ts'
import type { Stage } from './plan.ts'
import { keepDenoised, type Prediction } from './prediction.ts'

/** One step of a run: the model is asked at `from`, the sample goes to `to`. */
export interface Interval {
  readonly timestep: number
  readonly from: NoiseLevel
  /** Not always the next interval's `from`: DDIM and PNDM step by a fixed stride. */
  readonly to: NoiseLevel
}

/** Intervals between neighbours of `levels`, which holds one level more than there are timesteps. */
export function intervalsBetween(timesteps: readonly number[], levels: readonly NoiseLevel[]): Interval[] {
  return timesteps.map((timestep, k) => ({ timestep, from: levels[k]!, to: levels[k + 1]! }))
}

/** The part of a stage that is the same for every solver: ask the model at a level and read its answer. */
export function evaluate(
  prediction: Prediction,
  { timestep, from }: Pick<Interval, 'timestep' | 'from'>,
): Pick<Stage, 'timestep' | 'level' | 'inputScale' | 'denoised' | 'keep'> {
  return {
    timestep,
    level: from,
    inputScale: prediction.inputScale(from),
    denoised: prediction.denoised(from),
    keep: keepDenoised,
  }
}
