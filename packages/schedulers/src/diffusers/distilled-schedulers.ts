import { clean } from '../noise-level.ts'
import { refuse } from '../refuse.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest } from '../scheduler.ts'
import { renoise, trajectoryConsistency } from '../solvers/first-order.ts'
import type { SchedulerClass } from './create-scheduler.ts'
import type { Config } from './options.ts'
import { checkShare, checkWhole, readTimesteps } from './request.ts'
import { type TrainedFamily, trainedFamily } from './training-grid.ts'

const usual = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  timestep_spacing: 'leading',
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
  solve(run) {
    const gamma = checkShare('eta', run.request.eta ?? 0.3)
    const aims = run.intervals.map(({ to }, k) => {
      const next = run.intervals[k + 1]?.timestep ?? 0
      return gamma === 0 ? to : run.levelAt(Math.floor((1 - gamma) * next))
    })
    return trajectoryConsistency(run, aims)
  },
}

/** What both share; the last step goes to the level of timestep `end`, −1 being the clean picture. */
function distilled(config: Config, end: -1 | 0): TrainedFamily {
  return trainedFamily(config, config.set_alpha_to_one, (request, levelAt) => {
    const timesteps = distilledTimesteps(config, request)
    return { intervals: intervalsBetween(timesteps, [...timesteps.map(levelAt), end < 0 ? clean : levelAt(end)]) }
  })
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
  if (kept === 0) refuse('strength', strength, `at least ${1 / originalSteps}`)
  if (given) return given.slice(-kept)
  const stride = Math.floor(trainSteps / originalSteps)
  const all = Array.from({ length: kept }, (_, i) => (kept - i) * stride - 1)
  const steps = checkWhole('steps', request.steps, 1, kept)
  return Array.from({ length: steps }, (_, i) => all[Math.floor((i * kept) / steps)]!)
}
