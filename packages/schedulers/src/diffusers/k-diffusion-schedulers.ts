import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import { createNoiseSchedule } from '../noise-schedule.ts'
import { createPrediction, unitVarianceScale } from '../prediction.ts'
import { intervalsBetween, keepNoise } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import { interpolate, spaceSigmas, timestepOf } from '../sigma-spacing.ts'
import { churnedEuler, euler } from '../solvers/euler.ts'
import { linearMultistep } from '../solvers/linear-multistep.ts'
import { heun, midpoint, stochasticMidpoint } from '../solvers/second-order.ts'
import { linspace, roundHalfEven } from '../timestep-spacing.ts'
import { defineScheduler, type Family, type Grid, type SchedulerFactory } from './define-scheduler.ts'
import { oneOf } from './known-options.ts'
import type { Config, SchedulerConfig } from './options.ts'
import { respacingOf } from './read-config.ts'
import { checkSigmas, checkWhole } from './request.ts'
import { visitTimesteps } from './training-grid.ts'

const stableDiffusion = { beta_start: 0.00085, beta_end: 0.012 }
const noiseOrVelocity = () => ({ prediction_type: oneOf('epsilon', 'v_prediction') })

const eulerOptions = ['interpolation_type', 'timestep_type', 'sigma_min', 'sigma_max', 'final_sigmas_type'] as const

/** Euler's method. Reads `timesteps`, `sigmas` (the last being the end) and `churn` of a request. */
export const createEulerDiscreteScheduler: SchedulerFactory = (options) =>
  defineScheduler('EulerDiscreteScheduler', options, {
    has: ['training', 'spacing', 'respacing', ...eulerOptions, 'rescale_betas_zero_snr'],
    method(config) {
      const velocity = config.prediction_type === 'v_prediction'
      const continuous = velocity && config.timestep_type === 'continuous'
      return {
        ...kDiffusion(config),
        refuses: [],
        solve({ request, steps, ...run }) {
          const quarterLog = run.intervals.map((i) => ({ ...i, timestep: Math.log(i.from.sigma) / 4 }))
          const told = continuous ? { ...run, intervals: quarterLog } : run
          if (!request.churn) return euler(told)
          return churnedEuler(told, {
            churn: request.churn,
            steps: config.interpolation_type === 'log_linear' ? steps + 1 : steps,
            // Parity: a velocity is read at the level before churn, noise at the raised level.
            denoised: (from, raised) => run.prediction.denoised(velocity ? from : raised),
          })
        },
      }
    },
  })

/** Euler's method with fresh noise at the end of each step. */
export const createEulerAncestralDiscreteScheduler: SchedulerFactory = (options) =>
  defineScheduler('EulerAncestralDiscreteScheduler', options, {
    has: ['training', 'spacing', 'rescale_betas_zero_snr'],
    accepts: noiseOrVelocity(),
    method: (config) => ({ ...kDiffusion(config), solve: (run) => euler(run, 1) }),
  })

/** Linear multistep method. Reads `order`, 1 to 4, of a request. */
export const createLMSDiscreteScheduler: SchedulerFactory = (options) =>
  defineScheduler('LMSDiscreteScheduler', options, {
    has: ['training', 'spacing', 'respacing'],
    method: (config) => ({
      ...kDiffusion(config),
      solve(run) {
        const order = checkWhole('order', run.request.order ?? 4, 1, 4)
        return linearMultistep(run, 'sigma', () => order)
      },
    }),
  })

/** Heun's method, two evaluations a step. Reads `timesteps` of a request. */
export const createHeunDiscreteScheduler: SchedulerFactory = (options) =>
  defineScheduler('HeunDiscreteScheduler', options, {
    has: ['training', 'spacing', 'respacing', 'clipping'],
    usual: stableDiffusion,
    method: (config) => ({
      ...kDiffusion(config),
      refuses: ['sigmas'],
      solve: (run) => heun(run, (level) => keepNoise(run, level)),
    }),
  })

/** DPM-Solver-2 as in k-diffusion: two evaluations a step. */
export const createKDPM2DiscreteScheduler: SchedulerFactory = (options) =>
  defineKDPM2('KDPM2DiscreteScheduler', options, false)

/** DPM-Solver-2 with fresh noise at the end of each step. */
export const createKDPM2AncestralDiscreteScheduler: SchedulerFactory = (options) =>
  defineKDPM2('KDPM2AncestralDiscreteScheduler', options, true)

function defineKDPM2(name: string, options: SchedulerConfig | undefined, ancestral: boolean): Scheduler {
  return defineScheduler(name, options, {
    has: ['training', 'spacing', 'respacing'],
    usual: stableDiffusion,
    accepts: noiseOrVelocity(),
    method(config) {
      const { timestepAt, ...family } = kDiffusion(config, roundHalfEven)
      return { ...family, solve: (run) => midpoint(run, timestepAt, ancestral) }
    },
  })
}

/**
 * DPM-Solver++ SDE: two evaluations and two draws a step. The reference draws from a Brownian tree of its own seed; here
 * the caller's source is told the stretch of sigma, and may ignore it.
 */
export const createDPMSolverSDEScheduler: SchedulerFactory = (options) =>
  defineScheduler('DPMSolverSDEScheduler', options, {
    has: ['training', 'spacing', 'respacing', 'noise_sampler_seed'],
    usual: stableDiffusion,
    accepts: noiseOrVelocity(),
    method(config) {
      const { timestepAt, ...family } = kDiffusion(config)
      return { ...family, solve: (run) => stochasticMidpoint(run, timestepAt) }
    },
  })

/**
 * The schedulers that follow k-diffusion: levels on an exploding path, inputs scaled to unit variance. Sigma is read off the
 * training schedule at fractional timesteps, or spaced anew between the ends so found, and ends at 0.
 * @param roundKarras Parity: KDPM2 alone tells the model whole timesteps of Karras sigmas.
 */
function kDiffusion(
  config: Config,
  roundKarras: (timestep: number) => number = Math.fround,
): Family & { timestepAt(sigma: number): number } {
  const schedule = createNoiseSchedule(config, true)
  const logSigmas = schedule.sigmas.map(Math.log)
  const timestepAt = (sigma: number) => timestepOf(sigma, logSigmas)
  const spacing = respacingOf(config)
  const lowest = config.final_sigmas_type === 'sigma_min' ? schedule.sigmas[0]! : 0

  /** Timesteps, and one sigma more. */
  function visit(
    request: PlanRequest,
  ): Omit<Grid, 'intervals'> & { timesteps: readonly number[]; sigmas: readonly number[] } {
    if (request.sigmas) {
      const sigmas = checkSigmas(request.sigmas, 2)
      return { timesteps: sigmas.slice(0, -1).map(timestepAt), sigmas }
    }
    const { timesteps, warnings } = visitTimesteps(config, request, { fractional: true })
    let sigmas = timesteps.map((t) => interpolate(t, schedule.sigmas))
    if (config.interpolation_type === 'log_linear') {
      // Parity: one level more than steps, so that the last step ends at the lowest sigma of training, not at 0.
      sigmas = linspace(logSigmas.at(-1)!, logSigmas[0]!, timesteps.length + 1).map(Math.exp)
    }
    if (!spacing || spacing === 'flow') return { timesteps, sigmas: [...sigmas, lowest], warnings }
    const [max, min] = [config.sigma_max ?? sigmas[0]!, config.sigma_min ?? sigmas.at(-1)!]
    const spaced = spaceSigmas(spacing, max, min, timesteps.length)
    const round = spacing === 'karras' ? roundKarras : Math.fround
    return { timesteps: spaced.map((sigma) => round(timestepAt(sigma))), sigmas: [...spaced, lowest], warnings }
  }

  return {
    timestepAt,
    prediction: createPrediction(config.prediction_type, unitVarianceScale),
    levelAt: (timestep) => varianceExploding(interpolate(timestep, schedule.sigmas)),
    grid(request) {
      const { timesteps, sigmas, ...rest } = visit(request)
      const levels = sigmas.map((sigma): NoiseLevel => varianceExploding(Math.fround(sigma)))
      const max = levels[0]!.sigma
      const initialNoiseScale = config.timestep_spacing === 'leading' ? Math.sqrt(max ** 2 + 1) : max
      return { ...rest, intervals: intervalsBetween(timesteps, levels), initialNoiseScale }
    },
  }
}
