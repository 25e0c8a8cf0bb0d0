import { freezePlan } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import type { Interval } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { ddim } from '../solvers/ddim.ts'
import { trainingDefaults } from './defaults.ts'
import { filterPart } from './filter.ts'
import { oneOf } from './option-rules.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkWhole, refuse, skipTo } from './request.ts'
import { strideTimesteps } from './strided-timesteps.ts'
import { levelsOf, trainingSchedule } from './training-levels.ts'

/**
 * DDIM run backwards, from a picture to the noise that DDIM turns into it.
 * @throws ConfigError if an option is wrong.
 */
export function createDDIMInverseScheduler(options: SchedulerConfig = {}, name = 'DDIMInverseScheduler'): Scheduler {
  const { config, warnings } = readConfig(
    name,
    options,
    {
      ...trainingDefaults(),
      clip_sample: true,
      set_alpha_to_one: true,
      steps_offset: 0,
      prediction_type: 'epsilon',
      clip_sample_range: 1,
      timestep_spacing: 'leading',
      rescale_betas_zero_snr: false,
    },
    { timestep_spacing: oneOf('leading', 'trailing') },
  )
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
      const stride = Math.floor(trainSteps / steps)
      // Parity: the model is told where the step goes, not where it begins.
      const upwards = timesteps
        .map((t): Interval => ({ timestep: t, from: levelAt(t - stride), to: levelAt(t) }))
        .reverse()
      const intervals = skipTo(request, upwards)
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: 1,
        ...filterPart(config),
        stages: ddim(intervals, createPrediction(config.prediction_type), { eta: 0, recomputeNoise: false }),
        warnings,
      })
    },
  }
}
