import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import type { NoiseSchedule } from '../noise-schedule.ts'
import type { SchedulerWarning } from '../plan.ts'
import type { PlanRequest } from '../scheduler.ts'
import { interpolate, spaceSigmas, timestepOf } from '../sigma-spacing.ts'
import { linspace, roundHalfEven } from '../timestep-spacing.ts'
import type { SchedulerOptions } from './options.ts'
import { checkSigmas, readTimesteps } from './request.ts'
import { respacingOf } from './respacing.ts'
import { strideTimesteps } from './strided-timesteps.ts'

type GridOptions = Pick<SchedulerOptions, 'num_train_timesteps' | 'timestep_spacing' | 'steps_offset'> &
  Partial<SchedulerOptions>

/** Noise levels of an exploding path, one more than there are timesteps. */
export interface KDiffusionGrid {
  readonly timesteps: readonly number[]
  readonly levels: readonly NoiseLevel[]
  readonly initialNoiseScale: number
  readonly warnings: readonly SchedulerWarning[]
}

/** How classes differ. */
export interface GridTraits {
  /** Parity: KDPM2 alone tells the model whole timesteps of Karras sigmas. */
  readonly roundKarras?: boolean
}

/**
 * Grid of the schedulers that follow k-diffusion: sigma is read off the training schedule at fractional timesteps, or
 * spaced anew between the ends so found, and ends at 0.
 */
export function kDiffusionGrid(
  config: GridOptions,
  schedule: NoiseSchedule,
  request: PlanRequest,
  traits: GridTraits,
): KDiffusionGrid {
  const logSigmas = schedule.sigmas.map(Math.log)
  const respacing = respacingOf(config)
  const given = readTimesteps(request, config.num_train_timesteps, respacing)
  const lowest = config.final_sigmas_type === 'sigma_min' ? schedule.sigmas[0]! : 0
  const finish = (
    timesteps: readonly number[],
    sigmas: readonly number[],
    warnings: readonly SchedulerWarning[] = [],
  ) => {
    const levels = sigmas.map((sigma) => varianceExploding(Math.fround(sigma)))
    const max = levels[0]!.sigma
    const initialNoiseScale = config.timestep_spacing === 'leading' ? Math.sqrt(max ** 2 + 1) : max
    return { timesteps, levels, initialNoiseScale, warnings }
  }

  if (request.sigmas) {
    const sigmas = checkSigmas(request.sigmas, 2)
    return finish(
      sigmas.slice(0, -1).map((sigma) => timestepOf(sigma, logSigmas)),
      sigmas,
    )
  }
  const { timesteps, warnings } = given
    ? { timesteps: given, warnings: [] }
    : strideTimesteps(config, request, { fractional: true })
  let sigmas = timesteps.map((t) => interpolate(t, schedule.sigmas))
  if (config.interpolation_type === 'log_linear') {
    // Parity: one level more than steps, so that the last step ends at the lowest sigma of training, not at 0.
    sigmas = linspace(logSigmas.at(-1)!, logSigmas[0]!, timesteps.length + 1).map(Math.exp)
  }
  if (!respacing) return finish(timesteps, [...sigmas, lowest], warnings)
  const [max, min] = [config.sigma_max ?? sigmas[0]!, config.sigma_min ?? sigmas.at(-1)!]
  const spaced = spaceSigmas(respacing, max, min, timesteps.length)
  const round = traits.roundKarras && respacing === 'karras' ? roundHalfEven : Math.fround
  return finish(
    spaced.map((sigma) => round(timestepOf(sigma, logSigmas))),
    [...spaced, lowest],
    warnings,
  )
}
