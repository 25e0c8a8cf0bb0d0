import { clean } from '../noise-level.ts'
import { freezePlan } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { renoise } from '../solvers/consistency.ts'
import { distilledDefaults } from './defaults.ts'
import { distilledTimesteps } from './distilled-timesteps.ts'
import { filterPart } from './filter.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { refuse } from './request.ts'
import { levelsOf, trainingSchedule } from './training-levels.ts'

/** Standard deviation of the data that the boundary condition assumes (Luo et al. 2023). */
const dataDeviation = 0.5

/**
 * Latent consistency models (Luo et al. 2023): few steps with a model distilled for it.
 * Reads `timesteps`, `originalSteps` and `strength` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createLCMScheduler(options: SchedulerConfig = {}, name = 'LCMScheduler'): Scheduler {
  const { config, warnings } = readConfig(name, options, distilledDefaults())
  const levelAt = levelsOf(trainingSchedule(name, config), config.set_alpha_to_one)
  const boundary = (timestep: number): [number, number] => {
    const scaled = timestep * config.timestep_scaling
    const square = scaled ** 2 + dataDeviation ** 2
    return [dataDeviation ** 2 / square, scaled / Math.sqrt(square)]
  }
  return {
    name,
    config,
    warnings,
    levelAt,
    plan(request) {
      refuse(request, name, 'sigmas')
      const timesteps = distilledTimesteps(config, request)
      const intervals = intervalsBetween(timesteps, [...timesteps.map(levelAt), clean])
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: 1,
        ...filterPart(config),
        stages: renoise(intervals, createPrediction(config.prediction_type), { boundary }),
        warnings: [],
      })
    },
  }
}
