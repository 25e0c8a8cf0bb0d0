import { freezePlan } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { ddpm, type VarianceType } from '../solvers/ddpm.ts'
import { thresholdDefaults, trainingDefaults } from './defaults.ts'
import { filterPart } from './filter.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkWhole, readTimesteps, refuse, skipTo } from './request.ts'
import { strideTimesteps } from './strided-timesteps.ts'
import { levelsOf, trainingSchedule } from './training-levels.ts'

/**
 * DDPM (Ho et al. 2020), with fixed or learned variances. Takes `timesteps` of a request.
 * @throws ConfigError if an option is wrong; `fixed_large_log` is, since the reference gives NaN.
 */
export function createDDPMScheduler(options: SchedulerConfig = {}, name = 'DDPMScheduler'): Scheduler {
  const { config, warnings } = readConfig(name, options, {
    ...trainingDefaults(),
    variance_type: 'fixed_small',
    clip_sample: true,
    prediction_type: 'epsilon',
    ...thresholdDefaults(),
    clip_sample_range: 1,
    timestep_spacing: 'leading',
    steps_offset: 0,
    rescale_betas_zero_snr: false,
  })
  const trainSteps = config.num_train_timesteps
  const levelAt = levelsOf(trainingSchedule(name, config), true)
  const variance = config.variance_type as VarianceType
  return {
    name,
    config,
    warnings,
    levelAt,
    plan(request) {
      refuse(request, name, 'sigmas')
      const given = readTimesteps(request, trainSteps)
      const { timesteps, warnings } = given
        ? { timesteps: given, warnings: [] }
        : strideTimesteps(config, checkWhole('steps', request.steps, 1, trainSteps))
      const intervals = skipTo(request, intervalsBetween(timesteps, [...timesteps, -1].map(levelAt)))
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: 1,
        ...filterPart(config),
        splitsOutput: variance === 'learned' || variance === 'learned_range',
        stages: ddpm(intervals, createPrediction(config.prediction_type), variance),
        warnings,
      })
    },
  }
}
