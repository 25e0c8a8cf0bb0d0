import { clean, levelFromAlphaBar, type NoiseLevel } from '../noise-level.ts'
import { createNoiseSchedule, type NoiseSchedule } from '../noise-schedule.ts'
import type { SchedulerWarning } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import { refuse } from '../refuse.ts'
import { type SpacingOptions, spaceTimesteps } from '../timestep-spacing.ts'
import type { Family, Grid } from './create-scheduler.ts'
import type { Config } from './options.ts'
import type { CheckedRequest } from './request.ts'

/** Timesteps of a run, and what is odd about them. */
export interface Visit {
  readonly timesteps: readonly number[]
  readonly warnings: readonly SchedulerWarning[]
}

/** A family that has a training schedule. */
export type TrainedFamily = Required<Family>

/** A family that reads its model in the usual way, at the levels of `trainedLevels`, among which its grid goes. */
export function trainedFamily(
  config: Config,
  endsClean: boolean,
  grid: (request: CheckedRequest, levelAt: TrainedFamily['levelAt']) => Grid,
): TrainedFamily {
  const levelAt = trainedLevels(config, endsClean)
  return { prediction: createPrediction(config.prediction_type), levelAt, grid: (request) => grid(request, levelAt) }
}

/** DDIM and PNDM: they step down by a fixed stride, whatever the spacing (Parity). */
export function strided(config: Config): TrainedFamily {
  return trainedFamily(config, config.set_alpha_to_one, (request, levelAt) => {
    const { timesteps, warnings } = visitTimesteps(config, request)
    const stride = strideOf(config, request)
    return { intervals: timesteps.map((t) => ({ timestep: t, from: levelAt(t), to: levelAt(t - stride) })), warnings }
  })
}

/** Levels by training timestep; below 0 the clean picture or, unless `endsClean`, level 0. Refuses those not trained. */
export function trainedLevels(
  config: Config,
  endsClean: boolean,
  { alphaBar }: NoiseSchedule = createNoiseSchedule(config),
): (timestep: number) => NoiseLevel {
  const final = endsClean ? clean : levelFromAlphaBar(alphaBar[0]!)
  return (timestep) => {
    if (timestep < 0) return final
    const value = alphaBar[timestep] ?? refuse('timestep', timestep, `a whole number from 0 to ${alphaBar.length - 1}`)
    return levelFromAlphaBar(value)
  }
}

/** Training timesteps that one step passes over. */
export function strideOf(config: Config, { steps }: CheckedRequest): number {
  return Math.floor(config.num_train_timesteps / steps)
}

/**
 * The timesteps of a request, or those of a configuration's spacing, and what is odd about them.
 * Where the reference would ask the model about a timestep it never saw, the nearest one is taken: `leading` with too
 * large an offset (1000 steps of 1000 with offset 1), and a last `trailing` timestep of −1, for which its DDIM and DDPM
 * even read ᾱ at the noisy end (index −1).
 * Parity: `leading` steps that do not divide training start late, and so does a single step; that is kept and told.
 */
export function visitTimesteps(config: Config, request: CheckedRequest, options: SpacingOptions = {}): Visit {
  const { steps, timesteps: given } = request
  if (given) return { timesteps: given, warnings: [] }
  const { num_train_timesteps: trainSteps, timestep_spacing: spacing } = config
  const spaced = spaceTimesteps(spacing, steps, trainSteps, options)
  const leads = spacing === 'leading'
  const wanted = leads ? config.steps_offset : 0
  const offset = Math.min(wanted, trainSteps - 1 - spaced[0]!)
  // Rounding may bring the last timestep to 0 as well.
  const timesteps = [...new Set(spaced.map((timestep) => Math.max(0, timestep + offset)))]
  const first = timesteps[0]!
  const points = options.drop ? steps + 1 : steps
  // A single step may even begin at timestep 0.
  const isLate = first < trainSteps / 2 - 1 || (leads && trainSteps % points >= Math.floor(trainSteps / points))

  const warnings: SchedulerWarning[] = []
  const warn = (code: SchedulerWarning['code'], oddity: string) =>
    warnings.push({ code, message: `${steps} steps of ${spacing} spacing ${oddity}` })
  if (offset < wanted) warn('reduced_offset', `take ${offset} as steps_offset: ${wanted} leads out of training.`)
  if (isLate) warn('late_start', `begin at timestep ${first} of ${trainSteps}; "trailing" begins at ${trainSteps - 1}.`)
  if (timesteps.length > steps) warn('extra_timestep', 'are one more in diffusers, at timestep -1; here at 0.')
  return { timesteps, warnings }
}
