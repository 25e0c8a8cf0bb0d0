import { adamsBashforth } from '../multistep-weights.ts'
import type { NoiseLevel } from '../noise-level.ts'
import { freezePlan } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { linspace } from '../timestep-spacing.ts'
import { transferNoise } from '../transfer.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkWhole, refuse, skipTo } from './request.ts'

/**
 * PNDM improved for v-prediction on a sine schedule of its own, with timesteps from 1 to 0 (Dance Diffusion).
 * @throws ConfigError if an option is wrong.
 */
export function createIPNDMScheduler(options: SchedulerConfig = {}, name = 'IPNDMScheduler'): Scheduler {
  const { config, warnings } = readConfig(name, options, { num_train_timesteps: 1000, trained_betas: null })
  return {
    name,
    config,
    warnings,
    plan(request) {
      refuse(request, name, 'timesteps', 'sigmas')
      const steps = checkWhole('steps', request.steps, 1, config.num_train_timesteps)
      const sine = linspace(1, 0, steps + 1).map((t) => Math.sin((t * Math.PI) / 2) ** 2)
      // Parity: given betas are the levels themselves, whatever the number of steps.
      const sigmas = config.trained_betas ?? sine
      const levels = sigmas.map((sigma): NoiseLevel => ({ alpha: Math.sqrt(1 - sigma ** 2), sigma }))
      const timesteps = levels
        .slice(0, -1)
        .map(({ alpha, sigma }) => Math.fround((Math.atan2(sigma, alpha) / Math.PI) * 2))
      const intervals = skipTo(request, intervalsBetween(timesteps, levels))
      const stages = intervals.map((interval, k) => {
        // Parity: the signal of the first level is 0; the reference divides by 1e-8 instead.
        const { alpha, sigma } = interval.from
        const step = transferNoise({ alpha: Math.max(alpha, 1e-8), sigma }, interval.to)
        const weights = adamsBashforth(Math.min(k + 1, 4))
        const estimates = Object.fromEntries(weights.map((weight, j) => [k - j, weight * step.noise]))
        return {
          ...evaluate(velocity, interval),
          keep: { sample: sigma, output: alpha },
          next: { samples: { [k]: step.sample }, estimates },
        }
      })
      return freezePlan({ scheduler: name, start: intervals[0]!.from, initialNoiseScale: 1, stages, warnings: [] })
    },
  }
}

const velocity: Prediction = {
  inputScale: () => 1,
  denoised: ({ alpha, sigma }) => [alpha, -sigma],
  noise: ({ alpha, sigma }) => [sigma, alpha],
}
