import { createPrediction } from '../prediction.ts'
import type { Scheduler } from '../scheduler.ts'
import { ddim } from '../solvers/ddim.ts'
import { clipDefaults, spacingDefaults, thresholdDefaults, trainingDefaults } from './defaults.ts'
import { defineScheduler } from './define-scheduler.ts'
import { oneOf } from './option-rules.ts'
import type { SchedulerConfig } from './options.ts'
import { readEta } from './request.ts'
import { strideTimesteps } from './strided-timesteps.ts'
import { trainedLevels } from './training-levels.ts'

/**
 * DDIM (Song, Meng & Ermon 2020), the scheduler of the latent diffusion super-resolution checkpoint.
 * Reads `eta` and `useClippedModelOutput` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createDDIMScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = { ...ddimDefaults(), ...thresholdDefaults() }
  return defineScheduler('DDIMScheduler', options, { defaults }, (config) => {
    const levelAt = trainedLevels(config, config.set_alpha_to_one)
    const prediction = createPrediction(config.prediction_type)
    return {
      refuses: ['timesteps', 'sigmas'],
      levelAt,
      grid(request) {
        const { timesteps, stride, warnings } = strideTimesteps(config, request)
        // Parity: DDIM steps down by the stride, whatever the spacing.
        const intervals = timesteps.map((t) => ({ timestep: t, from: levelAt(t), to: levelAt(t - stride) }))
        return { intervals, warnings }
      },
      solve: ({ intervals, request }) => ddim(intervals, prediction, readEta(request), request.useClippedModelOutput),
    }
  })
}

/**
 * DDIM run backwards, from a picture to the noise that DDIM turns into it.
 * @throws ConfigError if an option is wrong.
 */
export function createDDIMInverseScheduler(options: SchedulerConfig = {}): Scheduler {
  const known = { defaults: ddimDefaults(), rules: { timestep_spacing: oneOf('leading', 'trailing') } }
  return defineScheduler('DDIMInverseScheduler', options, known, (config) => {
    const levelAt = trainedLevels(config, config.set_alpha_to_one)
    const prediction = createPrediction(config.prediction_type)
    return {
      refuses: ['timesteps', 'sigmas'],
      levelAt,
      grid(request) {
        const { timesteps, stride, warnings } = strideTimesteps(config, request)
        // Parity: the model is told where the step goes, not where it begins.
        const intervals = timesteps.map((t) => ({ timestep: t, from: levelAt(t - stride), to: levelAt(t) }))
        return { intervals: intervals.reverse(), warnings }
      },
      solve: ({ intervals }) => ddim(intervals, prediction, 0),
    }
  })
}

function ddimDefaults() {
  return {
    ...trainingDefaults(),
    ...spacingDefaults('leading'),
    ...clipDefaults(true),
    set_alpha_to_one: true,
    rescale_betas_zero_snr: false,
  }
}
