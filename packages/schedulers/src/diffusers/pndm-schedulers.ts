import { createPrediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import { linearMultistep } from '../solvers/linear-multistep.ts'
import { pndm } from '../solvers/pndm.ts'
import { linspace } from '../timestep-spacing.ts'
import type { SchedulerClass } from './create-scheduler.ts'
import { checkWhole } from './request.ts'
import { strided, strideOf, type TrainedFamily } from './training-grid.ts'

/**
 * PNDM (Liu et al. 2022); with `skip_prk_steps` it is PLMS as in the original latent diffusion.
 * Starting in the middle begins the method anew there: the reference cannot, it mixes up timesteps.
 */
export const PNDMScheduler: SchedulerClass<TrainedFamily> = {
  name: 'PNDMScheduler',
  has: ['training', 'spacing', 'skip_prk_steps', 'set_alpha_to_one'],
  usual: { timestep_spacing: 'leading', set_alpha_to_one: false },
  accepts: { prediction_type: ['epsilon', 'v_prediction'] },
  family: strided,
  solve(run) {
    const { config, intervals, request, steps } = run
    const least = config.skip_prk_steps ? 1 : 4
    checkWhole('steps', steps, least, config.num_train_timesteps)
    checkWhole('startAt', steps - intervals.length, 0, steps - least)
    return pndm(run, strideOf(config, request), !config.skip_prk_steps)
  },
}

/** PNDM improved for v-prediction on a sine schedule of its own, with timesteps from 1 to 0 (Dance Diffusion). */
export const IPNDMScheduler: SchedulerClass = {
  name: 'IPNDMScheduler',
  has: ['num_train_timesteps', 'trained_betas'],
  family: (config) => ({
    // Its levels lie on a circle, and its model answers with the velocity there.
    prediction: createPrediction('v_prediction'),
    grid({ steps }) {
      const sine = linspace(1, 0, steps + 1).map((t) => Math.sin((t * Math.PI) / 2) ** 2)
      // Parity: given betas are the levels themselves, whatever the number of steps.
      const sigmas = config.trained_betas ?? sine
      const levels = sigmas.map((sigma) => ({ alpha: Math.sqrt(1 - sigma ** 2), sigma }))
      const told = levels.map(({ alpha, sigma }) => Math.fround((Math.atan2(sigma, alpha) / Math.PI) * 2))
      return { intervals: intervalsBetween(told.slice(0, -1), levels) }
    },
  }),
  solve: (run) => linearMultistep(run, 4, 'number'),
}
