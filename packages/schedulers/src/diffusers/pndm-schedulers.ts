import type { NoiseLevel } from '../noise-level.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import { equalMultistep } from '../solvers/linear-multistep.ts'
import { pndm } from '../solvers/pndm.ts'
import { linspace } from '../timestep-spacing.ts'
import { strided } from './ddim-schedulers.ts'
import { defineScheduler, type SchedulerFactory } from './define-scheduler.ts'
import { oneOf } from './known-options.ts'
import { checkWhole } from './request.ts'
import { strideOf } from './training-grid.ts'

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

/** PNDM improved for v-prediction on a sine schedule of its own, with timesteps from 1 to 0 (Dance Diffusion). */
export const createIPNDMScheduler: SchedulerFactory = (options) =>
  defineScheduler('IPNDMScheduler', options, {
    has: ['num_train_timesteps', 'trained_betas'],
    method: (config) => ({
      // Its levels lie on a circle, where this is the velocity.
      prediction: {
        inputScale: () => 1,
        denoised: ({ alpha, sigma }) => [alpha, -sigma],
        noise: ({ alpha, sigma }) => [sigma, alpha],
      },
      grid(request) {
        const steps = checkWhole('steps', request.steps, 1, config.num_train_timesteps)
        const sine = linspace(1, 0, steps + 1).map((t) => Math.sin((t * Math.PI) / 2) ** 2)
        // Parity: given betas are the levels themselves, whatever the number of steps.
        const sigmas = config.trained_betas ?? sine
        const levels = sigmas.map((sigma): NoiseLevel => ({ alpha: Math.sqrt(1 - sigma ** 2), sigma }))
        const angles = levels.slice(0, -1).map(({ alpha, sigma }) => Math.atan2(sigma, alpha))
        return {
          intervals: intervalsBetween(
            angles.map((angle) => Math.fround((angle / Math.PI) * 2)),
            levels,
          ),
        }
      },
      solve: equalMultistep,
    }),
  })
