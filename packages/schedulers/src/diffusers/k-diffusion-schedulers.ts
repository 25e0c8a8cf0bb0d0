import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import type { NoiseScheduleOptions } from '../noise-schedule.ts'
import { freezePlan, type SamplingPlan, type Stage } from '../plan.ts'
import { createPrediction, keepNoise, type Prediction, unitVarianceScale } from '../prediction.ts'
import { type Interval, intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import { interpolate } from '../sigma-spacing.ts'
import { churnedEuler, euler } from '../solvers/euler.ts'
import { linearMultistep } from '../solvers/linear-multistep.ts'
import { heun, midpoint, stochasticMidpoint } from '../solvers/second-order.ts'
import { respacingDefaults, sigmaDefaults, trainingDefaults } from './defaults.ts'
import { filterPart } from './filter.ts'
import { type KDiffusionGrid, kDiffusionGrid } from './k-diffusion-grid.ts'
import { type OptionRule, oneOf } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { type ReadConfig, readConfig } from './read-config.ts'
import { checkWhole, refuse, skipTo } from './request.ts'
import { trainingSchedule } from './training-levels.ts'

/**
 * Euler's method. Reads `timesteps`, `sigmas` (the last being the end) and `churn` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createEulerDiscreteScheduler(
  options: SchedulerConfig = {},
  name = 'EulerDiscreteScheduler',
): Scheduler {
  const read = readConfig(name, options, {
    ...trainingDefaults(),
    ...sigmaDefaults(),
    ...respacingDefaults(),
    interpolation_type: 'linear',
    sigma_min: null,
    sigma_max: null,
    timestep_type: 'discrete',
    rescale_betas_zero_snr: false,
    final_sigmas_type: 'zero',
  })
  const { config } = read
  const velocity = config.prediction_type === 'v_prediction'
  const continuous = velocity && config.timestep_type === 'continuous'
  return kDiffusionScheduler(name, read, { floorTerminal: true }, ({ intervals, prediction, request, grid }) => {
    const told = continuous ? intervals.map((i) => ({ ...i, timestep: Math.log(i.from.sigma) / 4 })) : intervals
    if (!request.churn) return euler(told, prediction)
    // Parity: a velocity is read at the level before churn, noise at the raised level.
    const denoised = (from: NoiseLevel, raised: NoiseLevel) => prediction.denoised(velocity ? from : raised)
    return churnedEuler(told, prediction, { churn: request.churn, steps: grid.levels.length - 1, denoised })
  })
}

/**
 * Euler's method with fresh noise at the end of each step.
 * @throws ConfigError if an option is wrong.
 */
export function createEulerAncestralDiscreteScheduler(
  options: SchedulerConfig = {},
  name = 'EulerAncestralDiscreteScheduler',
): Scheduler {
  const defaults = { ...trainingDefaults(), ...sigmaDefaults(), rescale_betas_zero_snr: false }
  const read = readConfig(name, options, defaults, { prediction_type: noiseOrVelocity() })
  return kDiffusionScheduler(
    name,
    read,
    { floorTerminal: true, refuses: ['timesteps', 'sigmas'] },
    ({ intervals, prediction }) => euler(intervals, prediction, 1),
  )
}

/**
 * Linear multistep method. Reads `order`, 1 to 4, of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createLMSDiscreteScheduler(options: SchedulerConfig = {}, name = 'LMSDiscreteScheduler'): Scheduler {
  const read = readConfig(name, options, { ...trainingDefaults(), ...sigmaDefaults(), ...respacingDefaults() })
  return kDiffusionScheduler(name, read, { refuses: ['timesteps', 'sigmas'] }, ({ intervals, prediction, request }) => {
    const order = checkWhole('order', request.order ?? 4, 1, 4)
    return linearMultistep(intervals, prediction, { order: () => order, variable: 'sigma', filtered: false })
  })
}

/**
 * Heun's method, two evaluations a step. Reads `timesteps` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createHeunDiscreteScheduler(options: SchedulerConfig = {}, name = 'HeunDiscreteScheduler'): Scheduler {
  const read = readConfig(name, options, {
    ...trainingDefaults(0.00085, 0.012),
    ...sigmaDefaults(),
    ...respacingDefaults(),
    clip_sample: false,
    clip_sample_range: 1,
  })
  const filtered = read.config.clip_sample
  return kDiffusionScheduler(name, read, { refuses: ['sigmas'] }, ({ intervals, prediction }) =>
    heun(intervals, prediction, (level) => keepNoise(prediction, level, filtered)),
  )
}

/**
 * DPM-Solver-2 as in k-diffusion: two evaluations a step.
 * @throws ConfigError if an option is wrong.
 */
export function createKDPM2DiscreteScheduler(
  options: SchedulerConfig = {},
  name = 'KDPM2DiscreteScheduler',
): Scheduler {
  return kdpm2Scheduler(name, options, false)
}

/**
 * DPM-Solver-2 with fresh noise at the end of each step.
 * @throws ConfigError if an option is wrong.
 */
export function createKDPM2AncestralDiscreteScheduler(
  options: SchedulerConfig = {},
  name = 'KDPM2AncestralDiscreteScheduler',
): Scheduler {
  return kdpm2Scheduler(name, options, true)
}

/**
 * DPM-Solver++ SDE: two evaluations and two draws a step. The reference draws from a Brownian tree of its own seed; here
 * the caller's source is told the stretch of sigma, and may ignore it.
 * @throws ConfigError if an option is wrong.
 */
export function createDPMSolverSDEScheduler(options: SchedulerConfig = {}, name = 'DPMSolverSDEScheduler'): Scheduler {
  const defaults = {
    ...trainingDefaults(0.00085, 0.012),
    ...sigmaDefaults(),
    ...respacingDefaults(),
    noise_sampler_seed: null,
  }
  const read = readConfig(name, options, defaults, { prediction_type: noiseOrVelocity() })
  return kDiffusionScheduler(name, read, { refuses: ['timesteps', 'sigmas'] }, ({ intervals, prediction, grid }) =>
    stochasticMidpoint(intervals, prediction, grid.timestepAt),
  )
}

function kdpm2Scheduler(name: string, options: SchedulerConfig, ancestral: boolean): Scheduler {
  const defaults = { ...trainingDefaults(0.00085, 0.012), ...sigmaDefaults(), ...respacingDefaults() }
  const read = readConfig(name, options, defaults, { prediction_type: noiseOrVelocity() })
  return kDiffusionScheduler(
    name,
    read,
    { roundKarras: true, refuses: ['timesteps', 'sigmas'] },
    ({ intervals, prediction, grid }) => midpoint(intervals, prediction, { timestepAt: grid.timestepAt, ancestral }),
  )
}

function noiseOrVelocity(): OptionRule {
  return oneOf('epsilon', 'v_prediction')
}

type KDiffusionOptions = NoiseScheduleOptions &
  Pick<SchedulerOptions, 'prediction_type' | 'timestep_spacing' | 'steps_offset'> &
  Partial<SchedulerOptions>

interface KDiffusionParts {
  readonly intervals: readonly Interval[]
  readonly prediction: Prediction
  readonly grid: KDiffusionGrid
  readonly request: PlanRequest
}

/** What all of these share: levels on an exploding path, inputs scaled to unit variance. */
function kDiffusionScheduler(
  name: string,
  read: Pick<ReadConfig<never>, 'warnings'> & { readonly config: Readonly<KDiffusionOptions> },
  traits: { floorTerminal?: boolean; roundKarras?: boolean; refuses?: readonly ('timesteps' | 'sigmas')[] },
  solve: (parts: KDiffusionParts) => Stage[],
): Scheduler {
  const { config, warnings } = read
  const schedule = trainingSchedule(name, config, traits.floorTerminal)
  const prediction = createPrediction(config.prediction_type, unitVarianceScale)
  return {
    name,
    config: { ...config },
    warnings,
    levelAt: (timestep) => varianceExploding(interpolate(timestep, schedule.sigmas)),
    plan(request): SamplingPlan {
      refuse(request, name, ...(traits.refuses ?? []))
      const grid = kDiffusionGrid(name, config, schedule, request, traits.roundKarras)
      const intervals = skipTo(request, intervalsBetween(grid.timesteps, grid.levels))
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: grid.initialNoiseScale,
        ...filterPart(config),
        stages: solve({ intervals, prediction, grid, request }),
        warnings: grid.warnings,
      })
    },
  }
}
