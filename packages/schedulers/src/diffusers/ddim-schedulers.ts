import { createPrediction } from '../prediction.ts'
import { type Interval, intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest } from '../scheduler.ts'
import { ddim } from '../solvers/ddim.ts'
import { ddpm, type VarianceType } from '../solvers/ddpm.ts'
import { defineScheduler, type Family, type Grid, type SchedulerFactory } from './define-scheduler.ts'
import { oneOf } from './known-options.ts'
import type { Config } from './options.ts'
import { checkShare } from './request.ts'
import { strideOf, trainedLevels, visitTimesteps } from './training-grid.ts'

const ddimOptions = ['training', 'spacing', 'clipping', 'set_alpha_to_one', 'rescale_betas_zero_snr'] as const
const usual = { timestep_spacing: 'leading', clip_sample: true } as const

/**
 * DDIM (Song, Meng & Ermon 2020), the scheduler of the latent diffusion super-resolution checkpoint.
 * Reads `eta` and `useClippedModelOutput` of a request.
 */
export const createDDIMScheduler: SchedulerFactory = (options) =>
  defineScheduler('DDIMScheduler', options, {
    has: [...ddimOptions, 'thresholds'],
    usual,
    method: (config) => ({
      ...strided(config),
      solve: (run) => ddim(run, checkShare('eta', run.request.eta ?? 0), run.request.useClippedModelOutput),
    }),
  })

/** DDIM run backwards, from a picture to the noise that DDIM turns into it. */
export const createDDIMInverseScheduler: SchedulerFactory = (options) =>
  defineScheduler('DDIMInverseScheduler', options, {
    has: ddimOptions,
    usual,
    accepts: { timestep_spacing: oneOf('leading', 'trailing') },
    method(config) {
      const { grid, ...family } = strided(config)
      // Parity: the model is told where the step goes, not where it begins.
      const turn = ({ timestep, from, to }: Interval): Interval => ({ timestep, from: to, to: from })
      return {
        ...family,
        grid(request) {
          const { intervals, ...rest } = grid(request)
          return { ...rest, intervals: intervals.map(turn).reverse() }
        },
        solve: (run) => ddim(run, 0),
      }
    },
  })

/**
 * DDPM (Ho et al. 2020), with fixed or learned variances. Takes `timesteps` of a request.
 * `fixed_large_log` is refused, since the reference gives NaN.
 */
export const createDDPMScheduler: SchedulerFactory = (options) =>
  defineScheduler('DDPMScheduler', options, {
    has: ['training', 'spacing', 'clipping', 'thresholds', 'variance_type', 'rescale_betas_zero_snr'],
    usual: { ...usual, variance_type: 'fixed_small' },
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

/** Schedulers that step down by a fixed stride, whatever the spacing (Parity). */
export function strided(config: Config): Family {
  const levelAt = trainedLevels(config, config.set_alpha_to_one)
  return {
    prediction: createPrediction(config.prediction_type),
    levelAt,
    grid(request: PlanRequest): Grid {
      const { timesteps, warnings } = visitTimesteps(config, request)
      const stride = strideOf(config, request)
      const intervals = timesteps.map((timestep) => ({
        timestep,
        from: levelAt(timestep),
        to: levelAt(timestep - stride),
      }))
      return { intervals, warnings }
    },
  }
}
