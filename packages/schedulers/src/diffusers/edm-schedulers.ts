import { varianceExploding } from '../noise-level.ts'
import type { Prediction } from '../prediction.ts'
import { intervalsAlong, stepThrough } from '../sampling-grid.ts'
import { spaceSigmas } from '../sigma-spacing.ts'
import { churnedEuler, ddim } from '../solvers/first-order.ts'
import type { Family, SchedulerClass } from './create-scheduler.ts'
import { dpmSolver } from './dpm-solver.ts'
import type { Config } from './options.ts'

const range = { sigma_min: 0.002, sigma_max: 80 }
const noiseOrVelocity = ['epsilon', 'v_prediction'] as const
const accepts = {
  sigma_min: 'positive',
  sigma_max: 'positive',
  prediction_type: noiseOrVelocity,
  algorithm_type: ['dpmsolver++', 'sde-dpmsolver++', 'deis'],
} as const

/** Euler's method as Karras et al. 2022 ("EDM") formulate it. */
export const EDMEulerScheduler: SchedulerClass = {
  name: 'EDMEulerScheduler',
  has: ['edm', 'prediction_type'],
  usual: range,
  accepts,
  takes: ['sigmas'],
  family: (config) => edmFamily(config),
  solve(run) {
    const { churn } = run.request
    return churn ? churnedEuler(run, churn, run.steps, 'raised') : ddim(run, 0, true)
  },
}

/** DPM-Solver++ multistep in the EDM formulation. */
export const EDMDPMSolverMultistepScheduler: SchedulerClass = {
  name: 'EDMDPMSolverMultistepScheduler',
  has: ['edm', 'prediction_type', 'thresholds', 'multistep', 'euler_at_final', 'algorithm_type'],
  usual: range,
  accepts,
  takes: ['sigmas'],
  family: (config) => edmFamily(config, config.sigma_min!),
  solve: (run) => dpmSolver(run),
}

/** Stochastic DPM-Solver++ multistep on Stable Audio's cosine schedule; draws by stretches of sigma: `brownianNoise`. */
export const CosineDPMSolverMultistepScheduler: SchedulerClass = {
  name: 'CosineDPMSolverMultistepScheduler',
  has: ['edm', 'prediction_type', 'multistep', 'euler_at_final'],
  usual: {
    sigma_min: 0.3,
    sigma_max: 500,
    sigma_data: 1,
    sigma_schedule: 'exponential',
    prediction_type: 'v_prediction',
    algorithm_type: 'sde-dpmsolver++',
  },
  accepts: { sigma_min: 'positive', sigma_max: 'positive', prediction_type: noiseOrVelocity, solver_order: [1, 2] },
  takes: ['sigmas'],
  family: (config) => edmFamily(config, config.sigma_min!, (sigma) => (Math.atan(sigma) / Math.PI) * 2),
  solve: (run) =>
    dpmSolver(run).map((stage, k) => {
      const { from, to } = run.intervals[k]!
      return { ...stage, noiseInterval: [from.sigma, to.sigma] }
    }),
}

/** Multistep consistency sampling (Song et al. 2023, algorithm 1). `timesteps` count the training's own levels. */
export const CMStochasticIterativeScheduler: SchedulerClass = {
  name: 'CMStochasticIterativeScheduler',
  has: ['num_train_timesteps', 'sigma_min', 'sigma_max', 'sigma_data', 's_noise', 'rho', 'clip_denoised'],
  usual: { sigma_min: 0.002, sigma_max: 80, num_train_timesteps: 40, clip_denoised: true },
  accepts,
  takes: ['timesteps'],
  family(config) {
    const [max, min, trainSteps] = [config.sigma_max!, config.sigma_min!, config.num_train_timesteps]
    const trained = spaceSigmas('karras', max, min, trainSteps, config.rho)
    return {
      prediction: preconditioning(config, min),
      grid({ steps, timesteps }) {
        const stride = Math.floor(trainSteps / steps)
        const even = Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride)
        // Parity: levels are counted from the noisy end, so that every run starts at the very top.
        const sigmas = (timesteps ?? even).toReversed().map((index) => trained[index]!)
        const told = sigmas.map((sigma) => 250 * Math.log(sigma))
        return { intervals: intervalsAlong(varianceExploding, told, [...sigmas, min]), initialNoiseScale: max }
      },
    }
  },
  solve: (run) =>
    stepThrough(run, ({ to }) => {
      const lowest = Math.fround(run.config.sigma_min!)
      const noise = run.config.s_noise * Math.sqrt(Math.max(0, to.sigma ** 2 - lowest ** 2))
      return { next: run.steps > 1 ? { denoised: 1, noise } : { denoised: 1 } }
    }),
}

/**
 * EDM's preconditioning (Karras et al. 2022, table 1).
 * @param lowest the level at which the network is the identity, above 0 for consistency models (appendix C).
 */
function preconditioning({ sigma_data: data, prediction_type: type }: Config, lowest = 0): Prediction {
  return ({ sigma }) => {
    const inputScale = 1 / Math.sqrt(sigma ** 2 + data ** 2)
    const above = sigma - lowest
    const ofSample = data ** 2 / (above ** 2 + data ** 2)
    const ofOutput = above * data * inputScale * (type === 'v_prediction' ? -1 : 1)
    return { inputScale, denoised: [ofSample, ofOutput], noise: [(1 - ofSample) / sigma, -ofOutput / sigma] }
  }
}

/**
 * What the EDM schedulers share: their own noise levels and preconditioning, telling a quarter of log sigma.
 * @param lowest Parity: where DPM-Solver ends, unless at 0; by default the last sigma, from which a single step does not go on.
 */
function edmFamily(config: Config, lowest?: number, timestepAt = (sigma: number) => Math.log(sigma) / 4): Family {
  const [max, min] = [config.sigma_max!, config.sigma_min!]
  return {
    prediction: preconditioning(config),
    grid({ sigmas: given, steps }) {
      const sigmas = given ?? spaceSigmas(config.sigma_schedule, max, min, steps, config.rho)
      const last = sigmas.at(-1)!
      const final = config.final_sigmas_type === 'zero' ? 0 : Math.min(lowest ?? last, last)
      const told = (sigma: number) => Math.fround(timestepAt(Math.fround(sigma)))
      const intervals = intervalsAlong(varianceExploding, sigmas.map(told), [...sigmas, final])
      return { intervals, initialNoiseScale: Math.sqrt(max ** 2 + 1) }
    },
  }
}
