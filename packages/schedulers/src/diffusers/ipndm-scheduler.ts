import { adamsBashforth } from '../multistep-weights.ts'
import type { NoiseLevel } from '../noise-level.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { linspace } from '../timestep-spacing.ts'
import { transferNoise } from '../transfer.ts'
import { defineScheduler } from './define-scheduler.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { checkWhole } from './request.ts'

/**
 * PNDM improved for v-prediction on a sine schedule of its own, with timesteps from 1 to 0 (Dance Diffusion).
 * @throws ConfigError if an option is wrong.
 */
export function createIPNDMScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = { num_train_timesteps: 1000, trained_betas: null as SchedulerOptions['trained_betas'] }
  return defineScheduler('IPNDMScheduler', options, { defaults }, (config) => ({
    refuses: ['timesteps', 'sigmas'],
    grid(request) {
      const steps = checkWhole('steps', request.steps, 1, config.num_train_timesteps)
      const sine = linspace(1, 0, steps + 1).map((t) => Math.sin((t * Math.PI) / 2) ** 2)
      // Parity: given betas are the levels themselves, whatever the number of steps.
      const sigmas = config.trained_betas ?? sine
      const levels = sigmas.map((sigma): NoiseLevel => ({ alpha: Math.sqrt(1 - sigma ** 2), sigma }))
      const angles = levels.slice(0, -1).map(({ alpha, sigma }) => Math.atan2(sigma, alpha))
      const timesteps = angles.map((angle) => Math.fround((angle / Math.PI) * 2))
      return { intervals: intervalsBetween(timesteps, levels) }
    },
    solve: ({ intervals }) =>
      intervals.map((interval, k) => {
        const { alpha, sigma } = interval.from
        // Parity: the signal of the first level is 0; the reference divides by 1e-8 instead.
        const step = transferNoise({ alpha: Math.max(alpha, 1e-8), sigma }, interval.to)
        const weights = adamsBashforth(Math.min(k + 1, 4))
        const estimates = Object.fromEntries(weights.map((weight, j) => [k - j, weight * step.noise]))
        return {
          ...evaluate(velocity, interval),
          keep: { sample: sigma, output: alpha },
          next: { samples: { [k]: step.sample }, estimates },
        }
      }),
  }))
}

const velocity: Prediction = {
  inputScale: () => 1,
  denoised: ({ alpha, sigma }) => [alpha, -sigma],
  noise: ({ alpha, sigma }) => [sigma, alpha],
}
