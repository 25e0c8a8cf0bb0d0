import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import { createNoiseSchedule, type NoiseScheduleOptions } from '../noise-schedule.ts'
import type { Stage } from '../plan.ts'
import { createPrediction, keepNoise, type Prediction, unitVarianceScale } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { interpolate, timestepOf } from '../sigma-spacing.ts'
import { churnedEuler, euler } from '../solvers/euler.ts'
import { linearMultistep } from '../solvers/linear-multistep.ts'
import { heun, midpoint, stochasticMidpoint } from '../solvers/second-order.ts'
import { clipDefaults, respacingDefaults, spacingDefaults, trainingDefaults } from './defaults.ts'
import { defineScheduler, type Method, type SolverParts } from './define-scheduler.ts'
import { type GridTraits, kDiffusionGrid } from './k-diffusion-grid.ts'
import { type OptionRule, oneOf } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { checkWhole } from './request.ts'

/**
 * Euler's method. Reads `timesteps`, `sigmas` (the last being the end) and `churn` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createEulerDiscreteScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    ...kDefaults(0.0001, 0.02),
    ...eulerDefaults(),
    rescale_betas_zero_snr: false,
  }
  return defineScheduler('EulerDiscreteScheduler', options, { defaults }, (config) => {
    const velocity = config.prediction_type === 'v_prediction'
    const continuous = velocity && config.timestep_type === 'continuous'
    return kDiffusionMethod(config, { floorTerminal: true }, [], ({ intervals, prediction, request, levels }) => {
      const told = continuous ? intervals.map((i) => ({ ...i, timestep: Math.log(i.from.sigma) / 4 })) : intervals
      if (!request.churn) return euler(told, prediction)
      // Parity: a velocity is read at the level before churn, noise at the raised level.
      const denoised = (from: NoiseLevel, raised: NoiseLevel) => prediction.denoised(velocity ? from : raised)
      return churnedEuler(told, prediction, { churn: request.churn, steps: levels - 1, denoised })
    })
  })
}

/**
 * Euler's method with fresh noise at the end of each step.
 * @throws ConfigError if an option is wrong.
 */
export function createEulerAncestralDiscreteScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = { ...trainingDefaults(), ...spacingDefaults('linspace'), rescale_betas_zero_snr: false }
  return defineScheduler('EulerAncestralDiscreteScheduler', options, { defaults, rules: noiseOrVelocity() }, (config) =>
    kDiffusionMethod(config, { floorTerminal: true }, ['timesteps', 'sigmas'], ({ intervals, prediction }) =>
      euler(intervals, prediction, 1),
    ),
  )
}

/**
 * Linear multistep method. Reads `order`, 1 to 4, of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createLMSDiscreteScheduler(options: SchedulerConfig = {}): Scheduler {
  return defineScheduler('LMSDiscreteScheduler', options, { defaults: kDefaults(0.0001, 0.02) }, (config) =>
    kDiffusionMethod(config, {}, ['timesteps', 'sigmas'], ({ intervals, prediction, request }) => {
      const order = checkWhole('order', request.order ?? 4, 1, 4)
      return linearMultistep(intervals, prediction, { order: () => order, variable: 'sigma', filtered: false })
    }),
  )
}

/**
 * Heun's method, two evaluations a step. Reads `timesteps` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createHeunDiscreteScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = { ...kDefaults(), ...clipDefaults(false) }
  return defineScheduler('HeunDiscreteScheduler', options, { defaults }, (config) =>
    kDiffusionMethod(config, {}, ['sigmas'], ({ intervals, prediction, filtered }) =>
      heun(intervals, prediction, (level) => keepNoise(prediction, level, filtered)),
    ),
  )
}

/**
 * DPM-Solver-2 as in k-diffusion: two evaluations a step.
 * @throws ConfigError if an option is wrong.
 */
export function createKDPM2DiscreteScheduler(options: SchedulerConfig = {}): Scheduler {
  return kdpm2Scheduler('KDPM2DiscreteScheduler', options, false)
}

/**
 * DPM-Solver-2 with fresh noise at the end of each step.
 * @throws ConfigError if an option is wrong.
 */
export function createKDPM2AncestralDiscreteScheduler(options: SchedulerConfig = {}): Scheduler {
  return kdpm2Scheduler('KDPM2AncestralDiscreteScheduler', options, true)
}

function kdpm2Scheduler(name: string, options: SchedulerConfig, ancestral: boolean): Scheduler {
  return defineScheduler(name, options, { defaults: kDefaults(), rules: noiseOrVelocity() }, (config) =>
    kDiffusionMethod(config, { roundKarras: true }, ['timesteps', 'sigmas'], ({ intervals, prediction, timestepAt }) =>
      midpoint(intervals, prediction, { timestepAt, ancestral }),
    ),
  )
}

/**
 * DPM-Solver++ SDE: two evaluations and two draws a step. The reference draws from a Brownian tree of its own seed; here
 * the caller's source is told the stretch of sigma, and may ignore it.
 * @throws ConfigError if an option is wrong.
 */
export function createDPMSolverSDEScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = { ...kDefaults(), noise_sampler_seed: null as SchedulerOptions['noise_sampler_seed'] }
  return defineScheduler('DPMSolverSDEScheduler', options, { defaults, rules: noiseOrVelocity() }, (config) =>
    kDiffusionMethod(config, {}, ['timesteps', 'sigmas'], ({ intervals, prediction, timestepAt }) =>
      stochasticMidpoint(intervals, prediction, timestepAt),
    ),
  )
}

function kDefaults(betaStart = 0.00085, betaEnd = 0.012) {
  return { ...trainingDefaults(betaStart, betaEnd), ...spacingDefaults('linspace'), ...respacingDefaults() }
}

type EulerKey = 'interpolation_type' | 'sigma_min' | 'sigma_max' | 'timestep_type' | 'final_sigmas_type'

function eulerDefaults(): Pick<SchedulerOptions, EulerKey> {
  return {
    interpolation_type: 'linear',
    sigma_min: null,
    sigma_max: null,
    timestep_type: 'discrete',
    final_sigmas_type: 'zero',
  }
}

function noiseOrVelocity(): { readonly prediction_type: OptionRule } {
  return { prediction_type: oneOf('epsilon', 'v_prediction') }
}

type KDiffusionOptions = NoiseScheduleOptions &
  Pick<SchedulerOptions, 'prediction_type' | 'timestep_spacing' | 'steps_offset'> &
  Partial<SchedulerOptions>

interface KDiffusionParts extends SolverParts {
  readonly prediction: Prediction
  /** Noise levels of the whole run. */
  readonly levels: number
  timestepAt(sigma: number): number
}

/** What all of these share: levels on an exploding path, inputs scaled to unit variance. */
function kDiffusionMethod(
  config: KDiffusionOptions,
  traits: GridTraits & { readonly floorTerminal?: boolean },
  refuses: NonNullable<Method['refuses']>,
  solve: (parts: KDiffusionParts) => Stage[],
): Method {
  const schedule = createNoiseSchedule(config, traits.floorTerminal)
  const prediction = createPrediction(config.prediction_type, unitVarianceScale)
  const logSigmas = schedule.sigmas.map(Math.log)
  const timestepAt = (sigma: number) => timestepOf(sigma, logSigmas)
  const extraLevels = config.interpolation_type === 'log_linear' ? 2 : 1
  return {
    refuses,
    levelAt: (timestep) => varianceExploding(interpolate(timestep, schedule.sigmas)),
    grid(request) {
      const { timesteps, levels, ...rest } = kDiffusionGrid(config, schedule, request, traits)
      return { ...rest, intervals: intervalsBetween(timesteps, levels) }
    },
    solve: (parts) => solve({ ...parts, prediction, timestepAt, levels: parts.steps + extraLevels }),
  }
}
