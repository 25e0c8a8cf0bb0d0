import { InvalidArgumentError } from '@latentkit/core'
import { clean } from '../noise-level.ts'
import { createPrediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest } from '../scheduler.ts'
import { renoise } from '../solvers/consistency.ts'
import { trajectoryConsistency } from '../solvers/ddim.ts'
import { defineScheduler, type Family, type Method, type SchedulerFactory } from './define-scheduler.ts'
import type { Config } from './options.ts'
import type { ClassOptions } from './read-config.ts'
import { checkShare, checkWhole, readTimesteps } from './request.ts'
import { trainedLevels } from './training-grid.ts'

/** Standard deviation of the data that the boundary condition assumes (Luo et al. 2023). */
const dataDeviation = 0.5

/**
 * Latent consistency models (Luo et al. 2023): few steps with a model distilled for it.
 * Reads `timesteps`, `originalSteps` and `strength` of a request.
 */
export const createLCMScheduler: SchedulerFactory = (options) =>
  defineScheduler('LCMScheduler', options, {
    ...distilledOptions,
    method: (config) => ({
      ...distilledFamily(config, -1),
      solve: (run) =>
        renoise(run, {
          boundary(timestep) {
            const scaled = timestep * config.timestep_scaling
            const square = scaled ** 2 + dataDeviation ** 2
            return [dataDeviation ** 2 / square, scaled / Math.sqrt(square)]
          },
        }),
    }),
  })

/**
 * Trajectory consistency distillation (Zheng et al. 2024); a request's `eta` is the paper's gamma, 0.3 by default.
 * Reads `timesteps`, `originalSteps` and `strength` of a request. Parity: clipping and thresholding are not applied.
 */
export const createTCDScheduler: SchedulerFactory = (options) =>
  defineScheduler('TCDScheduler', options, {
    ...distilledOptions,
    method(config) {
      const { levelAt, ...family } = distilledFamily(config, 0)
      return {
        ...family,
        levelAt,
        filter: undefined,
        solve(run) {
          const gamma = checkShare('eta', run.request.eta ?? 0.3)
          const aims = run.intervals.map(({ to }, k) => {
            const next = run.intervals[k + 1]?.timestep ?? 0
            return gamma === 0 ? to : levelAt(Math.floor((1 - gamma) * next))
          })
          return trajectoryConsistency(run, aims)
        },
      }
    },
  })

const distilledOptions: ClassOptions = {
  has: ['training', 'spacing', 'clipping', 'thresholds', 'distillation', 'set_alpha_to_one', 'rescale_betas_zero_snr'],
  usual: { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', timestep_spacing: 'leading' },
}

/** What both share; the last step goes to the level of timestep `end`, −1 being the clean picture. */
function distilledFamily(config: Config, end: -1 | 0): Family & Pick<Method, 'refuses'> {
  const levelAt = trainedLevels(config, config.set_alpha_to_one)
  return {
    prediction: createPrediction(config.prediction_type),
    levelAt,
    refuses: ['sigmas'],
    grid(request) {
      const timesteps = distilledTimesteps(config, request)
      return { intervals: intervalsBetween(timesteps, [...timesteps.map(levelAt), end < 0 ? clean : levelAt(end)]) }
    },
  }
}

/**
 * Timesteps of LCM and TCD: an even choice from the schedule that was distilled, which has `originalSteps` timesteps;
 * `strength` keeps its cleaner part.
 * @throws InvalidArgumentError if more steps are asked for than were distilled.
 */
function distilledTimesteps(config: Config, request: PlanRequest): readonly number[] {
  const { num_train_timesteps: trainSteps } = config
  const strength = checkShare('strength', request.strength ?? 1)
  const given = readTimesteps(config, request)
  const distillation = given?.length ?? request.originalSteps ?? config.original_inference_steps
  const originalSteps = checkWhole('originalSteps', distillation, 1, trainSteps)
  const kept = Math.floor(originalSteps * strength)
  if (kept === 0) {
    throw new InvalidArgumentError({ argument: 'strength', value: strength, expected: `at least ${1 / originalSteps}` })
  }
  if (given) return given.slice(-kept)
  const stride = Math.floor(trainSteps / originalSteps)
  const distilled = Array.from({ length: kept }, (_, i) => (kept - i) * stride - 1)
  const steps = checkWhole('steps', request.steps, 1, kept)
  return Array.from({ length: steps }, (_, i) => distilled[Math.floor((i * kept) / steps)]!)
}
