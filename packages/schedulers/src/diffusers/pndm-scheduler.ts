import { createPrediction } from '../prediction.ts'
import type { Scheduler } from '../scheduler.ts'
import { pndm } from '../solvers/pndm.ts'
import { spacingDefaults, trainingDefaults } from './defaults.ts'
import { defineScheduler } from './define-scheduler.ts'
import { oneOf } from './option-rules.ts'
import type { SchedulerConfig } from './options.ts'
import { checkWhole } from './request.ts'
import { strideTimesteps } from './strided-timesteps.ts'
import { trainedLevels } from './training-levels.ts'

/**
 * PNDM (Liu et al. 2022); with `skip_prk_steps` it is PLMS as in the original latent diffusion.
 *
 * Starting in the middle begins the method anew there: the reference cannot, it mixes up timesteps.
 * @throws ConfigError if an option is wrong.
 */
export function createPNDMScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    ...trainingDefaults(),
    ...spacingDefaults('leading'),
    skip_prk_steps: false,
    set_alpha_to_one: false,
  }
  const known = { defaults, rules: { prediction_type: oneOf('epsilon', 'v_prediction') } }
  return defineScheduler('PNDMScheduler', options, known, (config) => {
    const levelAt = trainedLevels(config, config.set_alpha_to_one)
    const prediction = createPrediction(config.prediction_type)
    const trainSteps = config.num_train_timesteps
    const rungeKutta = !config.skip_prk_steps
    return {
      refuses: ['timesteps', 'sigmas'],
      levelAt,
      grid(request) {
        const { timesteps, stride, warnings } = strideTimesteps(config, request)
        return {
          intervals: timesteps.map((t) => ({ timestep: t, from: levelAt(t), to: levelAt(t - stride) })),
          warnings,
        }
      },
      solve({ intervals, request }) {
        checkWhole('steps', intervals.length, rungeKutta ? 4 : 1, trainSteps)
        const timesteps = intervals.map((interval) => interval.timestep)
        return pndm({ timesteps, stride: Math.floor(trainSteps / request.steps!), levelAt }, prediction, rungeKutta)
      },
    }
  })
}
