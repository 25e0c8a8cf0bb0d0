import { refuse } from '../refuse.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import { renoise, trajectoryConsistency } from '../solvers/first-order.ts'
import type { SchedulerClass } from './create-scheduler.ts'
import type { Config } from './options.ts'
import { type CheckedRequest, checkWhole } from './request.ts'
import { type TrainedFamily, trainedFamily } from './training-grid.ts'

const usual = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  timestep_spacing: 'leading',
  eta: 0.3,
} as const

/** Standard deviation of the data that the boundary condition assumes (Luo et al. 2023). */
const dataDeviation = 0.5

/** Latent consistency models (Luo et al. 2023): few steps with a model distilled for it. */
export const LCMScheduler: SchedulerClass = {
  name: 'LCMScheduler',
  has: ['training', 'spacing', 'clipping', 'thresholds', 'distillation'],
  usual,
  takes: ['timesteps'],
  family: (config) => distilled(config, -1),
  solve: (run) =>
    renoise(run, (timestep) => {
      const scaled = timestep * run.config.timestep_scaling
      const square = scaled ** 2 + dataDeviation ** 2
      return [dataDeviation ** 2 / square, scaled / Math.sqrt(square)]
    }),
}

/** Trajectory consistency distillation (Zheng et al. 2024); a request's `eta` is the paper's gamma, 0.3 by default. */
export const TCDScheduler: SchedulerClass<TrainedFamily> = {
  name: 'TCDScheduler',
  has: ['training', 'spacing', 'clipping', 'thresholds', 'distillation'],
  usual,
  takes: ['timesteps'],
  unfiltered: true,
  family: (config) => distilled(config, 0),
  solve({ intervals, levelAt, request, ...run }) {
    const aims = intervals.map(({ to }, k) => {
      const next = intervals[k + 1]?.timestep ?? 0
      return request.eta === 0 ? to : levelAt(Math.floor((1 - request.eta) * next))
    })
    return trajectoryConsistency({ ...run, intervals }, aims)
  },
}

/** What both share; the last step goes to the level of timestep `end`, −1 being the clean picture. */
function distilled(config: Config, end: -1 | 0): TrainedFamily {
  return trainedFamily(config, true, (request, levelAt) => {
    const timesteps = distilledTimesteps(config, request, end === 0)
    return { intervals: intervalsBetween(timesteps, [...timesteps, end].map(levelAt)) }
  })
}

/**
 * Timesteps of LCM and TCD: an even choice from the schedule that was distilled, which has `originalSteps` timesteps;
 * `strength` keeps its cleaner part.
 * @param any Parity: TCD, told `originalSteps`, chooses from all timesteps of training.
 * @throws InvalidArgumentError if more steps are asked for than were distilled.
 */
function distilledTimesteps(config: Config, request: CheckedRequest, any: boolean): readonly number[] {
  const { num_train_timesteps: trainSteps, original_inference_steps } = config
  const { strength, timesteps: given } = request
  const distillation = given?.length ?? request.originalSteps ?? original_inference_steps
  const originalSteps = checkWhole('originalSteps', distillation, 1, trainSteps)
  const all = any && !given && request.originalSteps !== undefined ? trainSteps : originalSteps
  const kept = Math.floor(all * strength)
  if (kept === 0) refuse('strength', strength, `at least ${1 / all}`)
  if (given) return given.slice(-kept)
  const stride = Math.floor(trainSteps / all)
  const steps = checkWhole('steps', request.steps, 1, Math.min(kept, originalSteps))
  return Array.from({ length: steps }, (_, i) => (kept - Math.floor(i * (kept / steps))) * stride - 1)
}
