import { clean, levelFromAlphaBar, type NoiseLevel } from '../noise-level.ts'

import { freezePlan } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import type { Interval } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { ddim } from '../solvers/ddim.ts'
import { filterPart } from './filter.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkWhole, readEta, refuse, skipTo } from './request.ts'
import { strideTimesteps } from './strided-timesteps.ts'
import { trainingSchedule } from './training-schedule.ts'

/**
 * DDIM (Song, Meng & Ermon 2020), the scheduler of the latent diffusion super-resolution checkpoint.
 * Reads `eta` and `useClippedModelOutput` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createDDIMScheduler(options: SchedulerConfig = {}, name = 'DDIMScheduler'): Scheduler {
  const { config, warnings } = readConfig(name, options, {
    num_train_timesteps: 1000,
    beta_start: 0.0001,
    beta_end: 0.02,
    beta_schedule: 'linear',
    trained_betas: null,
    clip_sample: true,
    set_alpha_to_one: true,
    steps_offset: 0,
    prediction_type: 'epsilon',
    thresholding: false,
    dynamic_thresholding_ratio: 0.995,
    clip_sample_range: 1,
    sample_max_value: 1,
    timestep_spacing: 'leading',
    rescale_betas_zero_snr: false,
  })
  const { alphaBar } = trainingSchedule(name, config)
  const trainSteps = config.num_train_timesteps
  const final = config.set_alpha_to_one ? clean : levelFromAlphaBar(alphaBar[0]!)
  const levelAt = (timestep: number): NoiseLevel => (timestep < 0 ? final : levelFromAlphaBar(alphaBar[timestep]!))

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
      const intervals = timesteps.map((t): Interval => ({ timestep: t, from: levelAt(t), to: levelAt(t - stride) }))
      const visited = skipTo(request, intervals)
      return freezePlan({
        scheduler: name,
        start: visited[0]!.from,
        initialNoiseScale: 1,
        ...filterPart(config),
        stages: ddim(visited, createPrediction(config.prediction_type), {
          eta: readEta(request),
          recomputeNoise: request.useClippedModelOutput ?? false,
        }),
        warnings,
      })
    },
  }
}
