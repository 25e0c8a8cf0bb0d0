import { freezePlan } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import type { Interval } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { ddim } from '../solvers/ddim.ts'
import { thresholdDefaults, trainingDefaults } from './defaults.ts'
import { filterPart } from './filter.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkWhole, readEta, refuse, skipTo } from './request.ts'
import { strideTimesteps } from './strided-timesteps.ts'
import { levelsOf, trainingSchedule } from './training-levels.ts'

/**
 * DDIM (Song, Meng & Ermon 2020), the scheduler of the latent diffusion super-resolution checkpoint.
 * Reads `eta` and `useClippedModelOutput` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createDDIMScheduler(options: SchedulerConfig = {}, name = 'DDIMScheduler'): Scheduler {
  const { config, warnings } = readConfig(name, options, {
    ...trainingDefaults(),
    clip_sample: true,
    set_alpha_to_one: true,
    steps_offset: 0,
    prediction_type: 'epsilon',
    ...thresholdDefaults(),
    clip_sample_range: 1,
    timestep_spacing: 'leading',
    rescale_betas_zero_snr: false,
  })
  const trainSteps = config.num_train_timesteps
  const levelAt = levelsOf(trainingSchedule(name, config), config.set_alpha_to_one)
  return {
    name,
    config,
    warnings,
    levelAt,
    plan(request) {
      refuse(request, name, 'timesteps', 'sigmas')
      const steps = checkWhole('steps', request.steps, 1, trainSteps)
      const { timesteps, warnings } = strideTimesteps(config, steps)
      // Parity: DDIM steps down by the stride, whatever the spacing.
      const stride = Math.floor(trainSteps / steps)
      const all = timesteps.map((t): Interval => ({ timestep: t, from: levelAt(t), to: levelAt(t - stride) }))
      const intervals = skipTo(request, all)
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: 1,
        ...filterPart(config),
        stages: ddim(intervals, createPrediction(config.prediction_type), {
          eta: readEta(request),
          recomputeNoise: request.useClippedModelOutput ?? false,
        }),
        warnings,
      })
    },
  }
}
