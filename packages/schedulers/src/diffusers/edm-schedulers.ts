import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import type { LinearEstimate, Stage } from '../plan.ts'
import { type Interval, intervalsBetween, stepThrough } from '../sampling-grid.ts'
import { spaceSigmas } from '../sigma-spacing.ts'
import { dpmSolver } from '../solvers/dpm-solver.ts'
import { churnedEuler, euler } from '../solvers/euler.ts'
import { defineScheduler, type Method, type RequestedRun, type SchedulerFactory } from './define-scheduler.ts'
import { finalOrders } from './dpm-orders.ts'
import { oneOf, positive } from './known-options.ts'
import type { Config } from './options.ts'
import { checkSigmas, checkWhole, readTimesteps, skipTo } from './request.ts'

const range = { sigma_min: 0.002, sigma_max: 80 }
const positiveRange = { sigma_min: positive, sigma_max: positive }
const edmRules = () => ({ ...positiveRange, prediction_type: oneOf('epsilon', 'v_prediction') })

/** Euler's method as Karras et al. 2022 ("EDM") formulate it. Reads `sigmas` and `churn` of a request. */
export const createEDMEulerScheduler: SchedulerFactory = (options) =>
  defineScheduler('EDMEulerScheduler', options, {
    has: ['edm', 'prediction_type'],
    usual: range,
    accepts: edmRules(),
    method: (config) => ({
      ...edmFamily(config, quarterLog),
      solve({ request: { churn }, steps, ...run }) {
        if (!churn) return euler(run)
        return churnedEuler(run, { churn, steps, denoised: (_, raised) => run.prediction.denoised(raised) })
      },
    }),
  })

/** DPM-Solver++ multistep in the EDM formulation. Reads `sigmas` of a request. */
export const createEDMDPMSolverMultistepScheduler: SchedulerFactory = (options) =>
  defineScheduler('EDMDPMSolverMultistepScheduler', options, {
    has: ['edm', 'prediction_type', 'thresholds', 'multistep', 'euler_at_final', 'algorithm_type'],
    usual: range,
    accepts: { ...edmRules(), algorithm_type: oneOf('dpmsolver++', 'sde-dpmsolver++', 'deis') },
    method: (config) => ({
      ...edmFamily(config, quarterLog),
      solve: (run) => solveMultistep(run, config, config.algorithm_type === 'sde-dpmsolver++'),
    }),
  })

/**
 * Stochastic DPM-Solver++ multistep on the cosine schedule of Stable Audio. The reference draws from a Brownian tree of
 * its own; here the caller's source is told the stretch of sigma, and may ignore it.
 */
export const createCosineDPMSolverMultistepScheduler: SchedulerFactory = (options) =>
  defineScheduler('CosineDPMSolverMultistepScheduler', options, {
    has: ['edm', 'prediction_type', 'multistep', 'euler_at_final'],
    usual: {
      ...{ sigma_min: 0.3, sigma_max: 500, sigma_data: 1 },
      ...{ sigma_schedule: 'exponential', prediction_type: 'v_prediction' },
    },
    accepts: { ...edmRules(), solver_order: oneOf(1, 2) },
    method: (config) => ({
      ...edmFamily(config, (sigma) => (Math.atan(sigma) / Math.PI) * 2),
      solve: (run) =>
        solveMultistep(run, config, true).map((stage, k) => {
          const { from, to } = run.intervals[k]!
          return { ...stage, noiseInterval: [from.sigma, to.sigma] }
        }),
    }),
  })

/**
 * Multistep consistency sampling (Song et al. 2023, algorithm 1). Takes `timesteps` of a request, which count the
 * training's own levels; the model is told 250 · log sigma.
 */
export const createCMStochasticIterativeScheduler: SchedulerFactory = (options) =>
  defineScheduler('CMStochasticIterativeScheduler', options, {
    has: ['num_train_timesteps', 'sigma_min', 'sigma_max', 'sigma_data', 's_noise', 'rho', 'clip_denoised'],
    usual: { ...range, num_train_timesteps: 40 },
    accepts: positiveRange,
    method(config) {
      const [max, min, trainSteps] = [config.sigma_max!, config.sigma_min!, config.num_train_timesteps]
      const trained = spaceSigmas('karras', max, min, trainSteps, config.rho)
      return {
        prediction: { ...preconditioning(config, min), noise: () => [0, 0] },
        refuses: ['sigmas'],
        filter: config.clip_denoised ? { kind: 'clip', range: 1 } : undefined,
        grid(request) {
          const steps = request.timesteps ? 1 : checkWhole('steps', request.steps, 1, trainSteps)
          const stride = Math.floor(trainSteps / steps)
          const even = Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride)
          // Parity: levels are counted from the noisy end, so that every run starts at the very top.
          const sigmas = [...(readTimesteps(config, request) ?? even)].reverse().map((index) => trained[index]!)
          return {
            intervals: explodingIntervals(sigmas, min, (sigma) => 250 * Math.log(sigma)),
            initialNoiseScale: max,
          }
        },
        solve: (run) =>
          stepThrough(run, ({ to }) => {
            const noise = config.s_noise * Math.sqrt(Math.max(0, to.sigma ** 2 - Math.fround(min) ** 2))
            return { next: run.steps > 1 ? { denoised: 1, noise } : { denoised: 1 } }
          }),
      }
    },
  })

function solveMultistep(run: RequestedRun, config: Config, stochastic: boolean): Stage[] {
  const kind = config.solver_type === 'heun' ? 'heun' : 'midpoint'
  const orders = skipTo(run.request, finalOrders(run.steps, config))
  return dpmSolver(run, { data: true, stochastic, kind, orders })
}

/** What EDM's networks are told: a quarter of log sigma. */
function quarterLog(sigma: number): number {
  return Math.log(sigma) / 4
}

/**
 * EDM's preconditioning (Karras et al. 2022, table 1).
 * @param lowest the level at which the network is the identity, above 0 for consistency models (appendix C).
 */
function preconditioning({ sigma_data: data, prediction_type: type }: Config, lowest = 0) {
  const scale = ({ sigma }: NoiseLevel) => 1 / Math.sqrt(sigma ** 2 + data ** 2)
  const denoised = (level: NoiseLevel): LinearEstimate => {
    const above = level.sigma - lowest
    const out = above * data * scale(level)
    return [data ** 2 / (above ** 2 + data ** 2), type === 'v_prediction' ? -out : out]
  }
  return { inputScale: scale, denoised }
}

/** What the EDM schedulers share: their own noise levels and preconditioning. */
function edmFamily(
  config: Config,
  timestepAt: (sigma: number) => number,
): Pick<Method, 'prediction' | 'refuses' | 'grid'> {
  const { inputScale, denoised } = preconditioning(config)
  const [max, min] = [config.sigma_max!, config.sigma_min!]
  return {
    prediction: {
      inputScale,
      denoised,
      noise(level) {
        const [ofSample, ofOutput] = denoised(level)
        return [(1 - ofSample) / level.sigma, -ofOutput / level.sigma]
      },
    },
    refuses: ['timesteps'],
    grid({ sigmas: given, steps }) {
      const count = checkWhole('steps', given?.length ?? steps, 1, config.num_train_timesteps)
      const even = spaceSigmas(config.sigma_schedule, max, min, count, config.rho)
      const sigmas = given ? checkSigmas(given) : even
      const final = config.final_sigmas_type === 'zero' ? 0 : sigmas.at(-1)!
      const told = (sigma: number) => Math.fround(timestepAt(Math.fround(sigma)))
      return { intervals: explodingIntervals(sigmas, final, told), initialNoiseScale: Math.sqrt(max ** 2 + 1) }
    },
  }
}

function explodingIntervals(
  sigmas: readonly number[],
  final: number,
  timestepAt: (sigma: number) => number,
): Interval[] {
  return intervalsBetween(sigmas.map(timestepAt), [...sigmas, final].map(Math.fround).map(varianceExploding))
}
