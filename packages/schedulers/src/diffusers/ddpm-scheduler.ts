import { createPrediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { ddpm, type VarianceType } from '../solvers/ddpm.ts'
import { clipDefaults, spacingDefaults, thresholdDefaults, trainingDefaults } from './defaults.ts'
import { defineScheduler } from './define-scheduler.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { readTimesteps } from './request.ts'
import { strideTimesteps } from './strided-timesteps.ts'
import { trainedLevels } from './training-levels.ts'

/**
 * DDPM (Ho et al. 2020), with fixed or learned variances. Takes `timesteps` of a request.
 * @throws ConfigError if an option is wrong; `fixed_large_log` is, since the reference gives NaN.
 */
export function createDDPMScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    ...trainingDefaults(),
    ...spacingDefaults('leading'),
    ...clipDefaults(true),
    ...thresholdDefaults(),
    variance_type: 'fixed_small' as SchedulerOptions['variance_type'],
    rescale_betas_zero_snr: false,
  }
  return defineScheduler('DDPMScheduler', options, { defaults }, (config) => {
    const levelAt = trainedLevels(config, true)
    const prediction = createPrediction(config.prediction_type)
    return {
      refuses: ['sigmas'],
      levelAt,
      grid(request) {
        const given = readTimesteps(request, config.num_train_timesteps)
        const { timesteps, warnings } = given ? { timesteps: given, warnings: [] } : strideTimesteps(config, request)
        return { intervals: intervalsBetween(timesteps, [...timesteps, -1].map(levelAt)), warnings }
      },
      solve: ({ intervals }) => ddpm(intervals, prediction, config.variance_type as VarianceType),
    }
  })
}
