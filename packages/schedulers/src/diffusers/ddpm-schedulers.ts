import { createPrediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import { ddpm, type VarianceType } from '../solvers/ddpm.ts'
import { pndm } from '../solvers/pndm.ts'
import { strided } from './ddim-schedulers.ts'
import { defineScheduler, type SchedulerFactory } from './define-scheduler.ts'
import { oneOf } from './known-options.ts'
import { checkWhole } from './request.ts'
import { strideOf, trainedLevels, visitTimesteps } from './training-grid.ts'

/**
 * DDPM (Ho et al. 2020), with fixed or learned variances. Takes `timesteps` of a request.
 * `fixed_large_log` is refused, since the reference gives NaN.
 */
export const createDDPMScheduler: SchedulerFactory = (options) =>
  defineScheduler('DDPMScheduler', options, {
    has: ['training', 'spacing', 'clipping', 'thresholds', 'variance_type', 'rescale_betas_zero_snr'],
    usual: { timestep_spacing: 'leading', clip_sample: true, variance_type: 'fixed_small' },
    method(config) {
      const levelAt = trainedLevels(config, true)
      return {
        prediction: createPrediction(config.prediction_type),
        levelAt,
        refuses: ['sigmas'],
        grid(request) {
          const { timesteps, warnings } = visitTimesteps(config, request)
          return { intervals: intervalsBetween(timesteps, [...timesteps, -1].map(levelAt)), warnings }
        },
        solve: (run) => ddpm(run, config.variance_type as VarianceType),
      }
    },
  })

/**
 * PNDM (Liu et al. 2022); with `skip_prk_steps` it is PLMS as in the original latent diffusion.
 * Starting in the middle begins the method anew there: the reference cannot, it mixes up timesteps.
 */
export const createPNDMScheduler: SchedulerFactory = (options) =>
  defineScheduler('PNDMScheduler', options, {
    has: ['training', 'spacing', 'skip_prk_steps', 'set_alpha_to_one'],
    usual: { timestep_spacing: 'leading', set_alpha_to_one: false },
    accepts: { prediction_type: oneOf('epsilon', 'v_prediction') },
    method(config) {
      const { levelAt, ...family } = strided(config)
      const rungeKutta = !config.skip_prk_steps
      return {
        ...family,
        levelAt,
        solve({ intervals, request, prediction }) {
          checkWhole('steps', intervals.length, rungeKutta ? 4 : 1, config.num_train_timesteps)
          const timesteps = intervals.map((interval) => interval.timestep)
          return pndm({ timesteps, stride: strideOf(config, request), levelAt }, prediction, rungeKutta)
        },
      }
    },
  })
