import { freezePlan } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import type { Scheduler } from '../scheduler.ts'
import { trajectoryConsistency } from '../solvers/ddim.ts'
import { distilledDefaults } from './defaults.ts'
import { distilledTimesteps } from './distilled-timesteps.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { readEta, refuse } from './request.ts'
import { levelsOf, trainingSchedule } from './training-levels.ts'

/**
 * Trajectory consistency distillation (Zheng et al. 2024); a request's `eta` is the paper's gamma, 0.3 by default.
 * Reads `timesteps`, `originalSteps` and `strength` of a request. Parity: clipping and thresholding are not applied.
 * @throws ConfigError if an option is wrong.
 */
export function createTCDScheduler(options: SchedulerConfig = {}, name = 'TCDScheduler'): Scheduler {
  const { config, warnings } = readConfig(name, options, distilledDefaults())
  const levelAt = levelsOf(trainingSchedule(name, config), config.set_alpha_to_one)
  return {
    name,
    config,
    warnings,
    levelAt,
    plan(request) {
      refuse(request, name, 'sigmas')
      const gamma = readEta(request, 0.3)
      const timesteps = distilledTimesteps(config, request)
      const intervals = timesteps.map((timestep, k) => {
        const next = timesteps[k + 1] ?? 0
        const to = levelAt(next)
        return {
          timestep,
          from: levelAt(timestep),
          to,
          aim: gamma === 0 ? to : levelAt(Math.floor((1 - gamma) * next)),
        }
      })
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: 1,
        stages: trajectoryConsistency(intervals, createPrediction(config.prediction_type)),
        warnings: [],
      })
    },
  }
}
