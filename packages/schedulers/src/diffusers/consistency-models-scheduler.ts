import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { spaceSigmas } from '../sigma-spacing.ts'
import { defineScheduler } from './define-scheduler.ts'
import { positive } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { checkWhole, readTimesteps } from './request.ts'

/**
 * Multistep consistency sampling (Song et al. 2023, algorithm 1). Takes `timesteps` of a request, which count the
 * training's own levels; the model is told 250 · log sigma.
 * @throws ConfigError if an option is wrong.
 */
export function createCMStochasticIterativeScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    num_train_timesteps: 40,
    sigma_min: 0.002 as SchedulerOptions['sigma_min'],
    sigma_max: 80 as SchedulerOptions['sigma_max'],
    sigma_data: 0.5,
    s_noise: 1,
    rho: 7,
    clip_denoised: true,
  }
  const known = { defaults, rules: { sigma_min: positive, sigma_max: positive } }
  return defineScheduler('CMStochasticIterativeScheduler', options, known, (config) => {
    const [max, min, data] = [config.sigma_max!, config.sigma_min!, config.sigma_data]
    const trainSteps = config.num_train_timesteps
    const trained = spaceSigmas('karras', max, min, trainSteps, config.rho)
    return {
      refuses: ['sigmas'],
      filter: config.clip_denoised ? { kind: 'clip', range: 1 } : undefined,
      grid(request) {
        const steps = request.timesteps ? 1 : checkWhole('steps', request.steps, 1, trainSteps)
        const stride = Math.floor(trainSteps / steps)
        const even = Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride)
        // Parity: levels are counted from the noisy end, so that every run starts at the very top.
        const sigmas = [...(readTimesteps(request, trainSteps) ?? even)].reverse().map((index) => trained[index]!)
        const levels = [...sigmas, min].map((sigma) => varianceExploding(Math.fround(sigma)))
        const timesteps = sigmas.map((sigma) => 250 * Math.log(sigma))
        return { intervals: intervalsBetween(timesteps, levels), initialNoiseScale: max }
      },
      solve: ({ intervals, steps }) =>
        intervals.map((interval) => {
          const noise = config.s_noise * Math.sqrt(Math.max(0, interval.to.sigma ** 2 - Math.fround(min) ** 2))
          const next = steps > 1 ? { denoised: 1, noise } : { denoised: 1 }
          return { ...evaluate(boundedPrediction(min, data), interval), next }
        }),
    }
  })
}

/** The boundary condition: at the lowest level the network is the identity (appendix C). */
function boundedPrediction(min: number, data: number): Prediction {
  const scale = ({ sigma }: NoiseLevel) => 1 / Math.sqrt(sigma ** 2 + data ** 2)
  return {
    inputScale: scale,
    denoised: (level) => {
      const above = level.sigma - min
      return [data ** 2 / (above ** 2 + data ** 2), above * data * scale(level)]
    },
    noise: () => [0, 0],
  }
}
