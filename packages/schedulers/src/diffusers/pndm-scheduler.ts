import { freezePlan } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import type { Scheduler } from '../scheduler.ts'
import { pndm } from '../solvers/pndm.ts'
import { trainingDefaults } from './defaults.ts'
import { oneOf } from './option-rules.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkWhole, refuse, skipTo } from './request.ts'
import { strideTimesteps } from './strided-timesteps.ts'
import { levelsOf, trainingSchedule } from './training-levels.ts'

/**
 * PNDM (Liu et al. 2022); with `skip_prk_steps` it is PLMS as in the original latent diffusion.
 *
 * Starting in the middle begins the method anew there: the reference cannot, it mixes up timesteps.
 * @throws ConfigError if an option is wrong.
 */
export function createPNDMScheduler(options: SchedulerConfig = {}, name = 'PNDMScheduler'): Scheduler {
  const { config, warnings } = readConfig(
    name,
    options,
    {
      ...trainingDefaults(),
      skip_prk_steps: false,
      set_alpha_to_one: false,
      prediction_type: 'epsilon',
      timestep_spacing: 'leading',
      steps_offset: 0,
    },
    { prediction_type: oneOf('epsilon', 'v_prediction') },
  )
  const trainSteps = config.num_train_timesteps
  const levelAt = levelsOf(trainingSchedule(name, config), config.set_alpha_to_one)
  const rungeKutta = !config.skip_prk_steps
  return {
    name,
    config,
    warnings,
    levelAt,
    plan(request) {
      refuse(request, name, 'timesteps', 'sigmas')
      const fewest = rungeKutta ? 4 : 1
      const steps = checkWhole('steps', request.steps, fewest, trainSteps)
      const { timesteps, warnings } = strideTimesteps(config, steps)
      const visited = skipTo(request, timesteps)
      checkWhole('steps after startAt', visited.length, fewest, trainSteps)
      const grid = { timesteps: visited, stride: Math.floor(trainSteps / steps), levelAt }
      return freezePlan({
        scheduler: name,
        start: levelAt(visited[0]!),
        initialNoiseScale: 1,
        stages: pndm(grid, createPrediction(config.prediction_type), rungeKutta),
        warnings,
      })
    },
  }
}
