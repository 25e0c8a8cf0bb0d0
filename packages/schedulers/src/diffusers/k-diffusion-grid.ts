import { InvalidArgumentError } from '@latentkit/core'
import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import type { NoiseSchedule } from '../noise-schedule.ts'
import type { SchedulerWarning } from '../plan.ts'
import type { PlanRequest } from '../scheduler.ts'
import { interpolate, spaceSigmas, timestepOf } from '../sigma-spacing.ts'
import { linspace, roundHalfEven } from '../timestep-spacing.ts'
import type { SchedulerOptions } from './options.ts'
import { checkSigmas, checkWhole, readTimesteps } from './request.ts'
import { type RespacingOptions, respacingOf } from './respacing.ts'
import { strideTimesteps } from './strided-timesteps.ts'

type GridOptions = Pick<SchedulerOptions, 'num_train_timesteps' | 'timestep_spacing' | 'steps_offset'> &
  Partial<
    RespacingOptions & Pick<SchedulerOptions, 'sigma_min' | 'sigma_max' | 'final_sigmas_type' | 'interpolation_type'>
  >

/** Noise levels of an exploding path, one more than there are timesteps. */
export interface KDiffusionGrid {
  readonly timesteps: readonly number[]
  readonly levels: readonly NoiseLevel[]
  readonly initialNoiseScale: number
  /** The timestep to tell the model at a sigma between the grid's. */
  timestepAt(sigma: number): number
  readonly warnings: readonly SchedulerWarning[]
}

/**
 * Grid of the schedulers that follow k-diffusion: sigma is read off the training schedule at fractional timesteps, or
 * spaced anew between the ends so found, and ends at 0.
 * @param roundKarras Parity: KDPM2 alone tells the model whole timesteps of Karras sigmas.
 */
export function kDiffusionGrid(
  name: string,
  config: GridOptions,
  schedule: NoiseSchedule,
  request: PlanRequest,
  roundKarras = false,
): KDiffusionGrid {
  const trainSteps = config.num_train_timesteps
  const logSigmas = schedule.sigmas.map(Math.log)
  const respacing = respacingOf(name, config)
  const given = readTimesteps(request, trainSteps)
  if (given && respacing) {
    const expected = `none, since ${name} spaces sigmas by itself (${respacing})`
    throw new InvalidArgumentError({ argument: 'timesteps', value: given, expected })
  }

  let timesteps: readonly number[]
  let sigmas: readonly number[]
  let final = config.final_sigmas_type === 'sigma_min' ? schedule.sigmas[0]! : 0
  let warnings: readonly SchedulerWarning[] = []
  if (request.sigmas) {
    sigmas = checkSigmas(request.sigmas, 2).slice(0, -1)
    final = request.sigmas.at(-1)!
    timesteps = sigmas.map((sigma) => timestepOf(sigma, logSigmas))
  } else {
    if (given) timesteps = given
    else {
      const steps = checkWhole('steps', request.steps, 1, trainSteps)
      ;({ timesteps, warnings } = strideTimesteps(config, steps, { fractional: true }))
    }
    sigmas = timesteps.map((t) => interpolate(t, schedule.sigmas))
    if (config.interpolation_type === 'log_linear') {
      // Parity: one level more than steps, so that the last step ends at the lowest sigma of training, not at 0.
      sigmas = linspace(logSigmas.at(-1)!, logSigmas[0]!, timesteps.length + 1).map(Math.exp)
    }
    if (respacing) {
      const [max, min] = [config.sigma_max ?? sigmas[0]!, config.sigma_min ?? sigmas.at(-1)!]
      sigmas = spaceSigmas(respacing, max, min, timesteps.length)
      const round = roundKarras && respacing === 'karras' ? roundHalfEven : Math.fround
      timesteps = sigmas.map((sigma) => round(timestepOf(sigma, logSigmas)))
    }
  }
  const levels = [...sigmas, final].map((sigma) => varianceExploding(Math.fround(sigma)))
  const max = levels[0]!.sigma
  return {
    timesteps,
    levels,
    initialNoiseScale: config.timestep_spacing === 'leading' ? Math.sqrt(max ** 2 + 1) : max,
    timestepAt: (sigma) => timestepOf(sigma, logSigmas),
    warnings,
  }
}
