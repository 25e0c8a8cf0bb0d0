import { clean } from '../noise-level.ts'
import { createPrediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { renoise } from '../solvers/consistency.ts'
import { trajectoryConsistency } from '../solvers/ddim.ts'
import { defineScheduler } from './define-scheduler.ts'
import { distilledDefaults, distilledTimesteps } from './distilled-timesteps.ts'
import type { SchedulerConfig } from './options.ts'
import { readEta } from './request.ts'
import { trainedLevels } from './training-levels.ts'

/** Standard deviation of the data that the boundary condition assumes (Luo et al. 2023). */
const dataDeviation = 0.5

/**
 * Latent consistency models (Luo et al. 2023): few steps with a model distilled for it.
 * Reads `timesteps`, `originalSteps` and `strength` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createLCMScheduler(options: SchedulerConfig = {}): Scheduler {
  return defineScheduler('LCMScheduler', options, { defaults: distilledDefaults() }, (config) => {
    const levelAt = trainedLevels(config, config.set_alpha_to_one)
    const prediction = createPrediction(config.prediction_type)
    const boundary = (timestep: number): [number, number] => {
      const scaled = timestep * config.timestep_scaling
      const square = scaled ** 2 + dataDeviation ** 2
      return [dataDeviation ** 2 / square, scaled / Math.sqrt(square)]
    }
    return {
      refuses: ['sigmas'],
      levelAt,
      grid(request) {
        const timesteps = distilledTimesteps(config, request)
        return { intervals: intervalsBetween(timesteps, [...timesteps.map(levelAt), clean]) }
      },
      solve: ({ intervals }) => renoise(intervals, prediction, { boundary }),
    }
  })
}

/**
 * Trajectory consistency distillation (Zheng et al. 2024); a request's `eta` is the paper's gamma, 0.3 by default.
 * Reads `timesteps`, `originalSteps` and `strength` of a request. Parity: clipping and thresholding are not applied.
 * @throws ConfigError if an option is wrong.
 */
export function createTCDScheduler(options: SchedulerConfig = {}): Scheduler {
  return defineScheduler('TCDScheduler', options, { defaults: distilledDefaults() }, (config) => {
    const levelAt = trainedLevels(config, config.set_alpha_to_one)
    const prediction = createPrediction(config.prediction_type)
    return {
      refuses: ['sigmas'],
      levelAt,
      filter: undefined,
      grid(request) {
        const timesteps = distilledTimesteps(config, request)
        return { intervals: intervalsBetween(timesteps, [...timesteps, 0].map(levelAt)) }
      },
      solve({ intervals, request }) {
        const gamma = readEta(request, 0.3)
        const aims = intervals.map(({ to }, k) => {
          const next = intervals[k + 1]?.timestep ?? 0
          return gamma === 0 ? to : levelAt(Math.floor((1 - gamma) * next))
        })
        return trajectoryConsistency(intervals, prediction, aims)
      },
    }
  })
}
