import { varianceExploding } from '../noise-level.ts'
import { createNoiseSchedule } from '../noise-schedule.ts'
import { createPrediction } from '../prediction.ts'
import { refuse } from '../refuse.ts'
import { intervalsAlong, keepNoise } from '../sampling-grid.ts'
import { interpolate, spaceSigmas, timestepOf } from '../sigma-spacing.ts'
import { churnedEuler, ddim } from '../solvers/first-order.ts'
import { linearMultistep } from '../solvers/linear-multistep.ts'
import { heun, midpoint, stochasticMidpoint } from '../solvers/second-order.ts'
import { linspace, roundHalfEven } from '../timestep-spacing.ts'
import type { SchedulerClass } from './create-scheduler.ts'
import type { Config } from './options.ts'
import { respacingOf, sigmaEnds } from './read-config.ts'
import type { CheckedRequest } from './request.ts'
import { type TrainedFamily, type Visit, visitTimesteps } from './training-grid.ts'

const stableDiffusion = { beta_start: 0.00085, beta_end: 0.012 }
const noiseOrVelocity = { prediction_type: ['epsilon', 'v_prediction'] } as const

/** Euler's method. The last of given sigmas is the end. */
export const EulerDiscreteScheduler: SchedulerClass = {
  name: 'EulerDiscreteScheduler',
  has: ['training', 'spacing', 'respacing', 'euler', 'final_sigmas_type', 'rescale_betas_zero_snr'],
  takes: ['timesteps', 'sigmas'],
  family: kDiffusion,
  solve(run) {
    const { config, request, steps } = run
    if (!request.churn) return ddim(run, 0, true)
    const spread = hasExtraLevel(config, request) ? request.steps + 1 : steps
    // Parity: a velocity is read at the level before churn, noise at the raised level.
    const readAt = config.prediction_type === 'v_prediction' ? 'from' : 'raised'
    return churnedEuler(run, request.churn, spread, readAt)
  },
}

/** Euler's method with fresh noise at the end of each step. */
export const EulerAncestralDiscreteScheduler: SchedulerClass = {
  name: 'EulerAncestralDiscreteScheduler',
  has: ['training', 'spacing', 'rescale_betas_zero_snr'],
  accepts: noiseOrVelocity,
  family: kDiffusion,
  solve: (run) => ddim(run, 1, true),
}

/** Linear multistep method. */
export const LMSDiscreteScheduler: SchedulerClass = {
  name: 'LMSDiscreteScheduler',
  has: ['training', 'spacing', 'respacing'],
  family: kDiffusion,
  solve: (run) => linearMultistep(run, run.request.order),
}

/** Heun's method, two evaluations a step. */
export const HeunDiscreteScheduler: SchedulerClass = {
  name: 'HeunDiscreteScheduler',
  has: ['training', 'spacing', 'respacing', 'clipping'],
  reads: sigmaEnds,
  usual: stableDiffusion,
  takes: ['timesteps'],
  family: kDiffusion,
  solve: (run) => heun(run, (level) => keepNoise(run, level)),
}

/** DPM-Solver-2 as in k-diffusion: two evaluations a step. */
export const KDPM2DiscreteScheduler: SchedulerClass<KDiffusion> = {
  name: 'KDPM2DiscreteScheduler',
  has: ['training', 'spacing', 'respacing'],
  reads: sigmaEnds,
  usual: stableDiffusion,
  accepts: noiseOrVelocity,
  family: (config) => kDiffusion(config, roundHalfEven),
  solve: (run) => midpoint(run, run.timestepAt, false),
}

/** DPM-Solver-2 with fresh noise at the end of each step. */
export const KDPM2AncestralDiscreteScheduler: SchedulerClass<KDiffusion> = {
  name: 'KDPM2AncestralDiscreteScheduler',
  has: ['training', 'spacing', 'respacing'],
  reads: sigmaEnds,
  usual: stableDiffusion,
  accepts: noiseOrVelocity,
  family: (config) => kDiffusion(config, roundHalfEven),
  solve: (run) => midpoint(run, run.timestepAt, true),
}

/** DPM-Solver++ SDE: two evaluations and two draws a step, by stretches of sigma: see `brownianNoise`. */
export const DPMSolverSDEScheduler: SchedulerClass<KDiffusion> = {
  name: 'DPMSolverSDEScheduler',
  has: ['training', 'spacing', 'respacing', 'noise_sampler_seed'],
  usual: stableDiffusion,
  accepts: noiseOrVelocity,
  family: kDiffusion,
  solve: (run) => stochasticMidpoint(run, run.timestepAt),
}

/** Parity: `log_linear` makes one level more than steps, so that the last step ends at the lowest sigma of training. */
function hasExtraLevel(config: Config, { sigmas }: CheckedRequest): boolean {
  return config.interpolation_type === 'log_linear' && !respacingOf(config) && !sigmas
}

/** What the schedulers that follow k-diffusion have in common. */
export interface KDiffusion extends TrainedFamily {
  /** The fractional training timestep of a sigma. */
  timestepAt(sigma: number): number
}

/**
 * The schedulers that follow k-diffusion: levels on an exploding path, inputs scaled to unit variance. Sigma is read off the
 * training schedule at fractional timesteps, or spaced anew between the ends so found, and ends at 0.
 * @param roundKarras Parity: KDPM2 alone tells the model whole timesteps of Karras sigmas.
 */
function kDiffusion(config: Config, roundKarras = Math.fround): KDiffusion {
  const schedule = createNoiseSchedule(config, true)
  const logSigmas = schedule.sigmas.map(Math.log)
  const timestepAt = (sigma: number) => timestepOf(sigma, logSigmas)
  const spacing = respacingOf(config)
  const lowest = config.final_sigmas_type === 'sigma_min' ? schedule.sigmas[0]! : 0

  /** Where a run goes: timesteps, sigmas down to the end, and what is odd about them. */
  function visit(request: CheckedRequest): Visit & { readonly sigmas: readonly number[] } {
    const { sigmas: given } = request
    if (given?.length === 1) refuse('sigmas', given, 'two or more, the last of them being the end')
    if (given) return { timesteps: given.slice(0, -1).map(timestepAt), sigmas: given, warnings: [] }
    const { timesteps, warnings } = visitTimesteps(config, request, { fractional: true })
    let sigmas = timesteps.map((t) => interpolate(t, schedule.sigmas))
    if (config.interpolation_type === 'log_linear') {
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
    // The model was trained on unit variance.
    prediction: createPrediction(config.prediction_type, ({ sigma }) => 1 / Math.sqrt(sigma ** 2 + 1)),
    levelAt(timestep) {
      const last = config.num_train_timesteps - 1
      if (timestep >= 0 && timestep <= last) return varianceExploding(interpolate(timestep, schedule.sigmas))
      return refuse('timestep', timestep, `a number from 0 to ${last}`)
    },
    grid(request) {
      const { timesteps, sigmas, warnings } = visit(request)
      const max = Math.fround(sigmas[0]!)
      const continuous = config.timestep_type === 'continuous' && config.prediction_type === 'v_prediction'
      // Parity: told sigmas, the model is asked at every level, the one too many among them.
      const told = continuous ? sigmas.slice(0, -1).map((sigma) => Math.log(Math.fround(sigma)) / 4) : timesteps
      const initialNoiseScale = config.timestep_spacing === 'leading' ? Math.sqrt(max ** 2 + 1) : max
      return { intervals: intervalsAlong(varianceExploding, told, sigmas), initialNoiseScale, warnings }
    },
  }
}
