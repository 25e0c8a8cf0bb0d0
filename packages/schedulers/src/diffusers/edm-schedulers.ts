import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { spaceSigmas } from '../sigma-spacing.ts'
import { dpmMultistep } from '../solvers/dpm-solver.ts'
import { churnedEuler, euler } from '../solvers/euler.ts'
import { multistepDefaults, thresholdDefaults } from './defaults.ts'
import { defineScheduler, type Method, type SolverParts } from './define-scheduler.ts'
import { finalOrders } from './dpm-orders.ts'
import { type OptionRule, oneOf, positive } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { checkSigmas, checkWhole, skipTo } from './request.ts'

/**
 * Euler's method as Karras et al. 2022 ("EDM") formulate it. Reads `sigmas` and `churn` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createEDMEulerScheduler(options: SchedulerConfig = {}): Scheduler {
  return defineScheduler('EDMEulerScheduler', options, { defaults: edmDefaults(), rules: edmRules() }, (config) =>
    edmMethod(config, quarterLog, ({ intervals, prediction, request, steps }) => {
      if (!request.churn) return euler(intervals, prediction)
      const denoised = (_: NoiseLevel, raised: NoiseLevel) => prediction.denoised(raised)
      return churnedEuler(intervals, prediction, { churn: request.churn, steps, denoised })
    }),
  )
}

/**
 * DPM-Solver++ multistep in the EDM formulation. Reads `sigmas` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createEDMDPMSolverMultistepScheduler(options: SchedulerConfig = {}): Scheduler {
  const own = { euler_at_final: false, algorithm_type: 'dpmsolver++' }
  const defaults = { ...edmDefaults(), ...thresholdDefaults(), ...multistepDefaults(), ...own }
  const rules = { ...edmRules(), algorithm_type: oneOf('dpmsolver++', 'sde-dpmsolver++', 'deis') }
  return defineScheduler('EDMDPMSolverMultistepScheduler', options, { defaults, rules }, (config) =>
    edmMethod(config, quarterLog, (parts) => multistep(parts, config, config.algorithm_type === 'sde-dpmsolver++')),
  )
}

/**
 * Stochastic DPM-Solver++ multistep on the cosine schedule of Stable Audio. The reference draws from a Brownian tree of
 * its own; here the caller's source is told the stretch of sigma, and may ignore it.
 * @throws ConfigError if an option is wrong.
 */
export function createCosineDPMSolverMultistepScheduler(options: SchedulerConfig = {}): Scheduler {
  const range = { sigma_min: 0.3, sigma_max: 500, sigma_data: 1 }
  const own = { sigma_schedule: 'exponential', prediction_type: 'v_prediction', euler_at_final: false } as const
  const defaults: EdmOptions & MultistepOptions = { ...edmDefaults(), ...multistepDefaults(), ...range, ...own }
  const rules = { ...edmRules(), solver_order: oneOf(1, 2) }
  const angle = (sigma: number) => (Math.atan(sigma) / Math.PI) * 2
  return defineScheduler('CosineDPMSolverMultistepScheduler', options, { defaults, rules }, (config) =>
    edmMethod(config, angle, (parts) =>
      multistep(parts, config, true).map((stage, k) => {
        const { from, to } = parts.intervals[k]!
        return { ...stage, noiseInterval: [from.sigma, to.sigma] }
      }),
    ),
  )
}

type EdmKey = 'sigma_min' | 'sigma_max' | 'sigma_data' | 'sigma_schedule' | 'num_train_timesteps' | 'rho'
type EdmOptions = Pick<SchedulerOptions, EdmKey | 'prediction_type' | 'final_sigmas_type'>
type MultistepOptions = Pick<SchedulerOptions, 'solver_order' | 'solver_type' | 'lower_order_final' | 'euler_at_final'>
type EdmParts = SolverParts & { readonly prediction: Prediction }

function edmDefaults(): EdmOptions {
  return {
    sigma_min: 0.002,
    sigma_max: 80,
    sigma_data: 0.5,
    sigma_schedule: 'karras',
    num_train_timesteps: 1000,
    prediction_type: 'epsilon',
    rho: 7,
    final_sigmas_type: 'zero',
  }
}

function edmRules(): Readonly<Record<'prediction_type' | 'sigma_min' | 'sigma_max', OptionRule>> {
  return { prediction_type: oneOf('epsilon', 'v_prediction'), sigma_min: positive, sigma_max: positive }
}

function multistep(parts: EdmParts, config: EdmOptions & MultistepOptions, stochastic: boolean): Stage[] {
  const lastIsFirstOrder = config.euler_at_final || config.final_sigmas_type === 'zero'
  return dpmMultistep(parts.intervals, parts.prediction, {
    data: true,
    stochastic,
    kind: config.solver_type === 'heun' ? 'heun' : 'midpoint',
    orders: skipTo(parts.request, finalOrders(parts.steps, config, lastIsFirstOrder)),
    filtered: parts.filtered,
  })
}

/** What EDM's networks are told: a quarter of log sigma. */
function quarterLog(sigma: number): number {
  return Math.log(sigma) / 4
}

/** EDM's preconditioning (Karras et al. 2022, table 1). */
function edmPrediction({ sigma_data: data, prediction_type: type }: EdmOptions): Prediction {
  const denoised = ({ sigma }: NoiseLevel): [number, number] => {
    const square = sigma ** 2 + data ** 2
    const out = (sigma * data) / Math.sqrt(square)
    return [data ** 2 / square, type === 'v_prediction' ? -out : out]
  }
  return {
    inputScale: ({ sigma }) => 1 / Math.sqrt(sigma ** 2 + data ** 2),
    denoised,
    noise: (level) => {
      const [ofSample, ofOutput] = denoised(level)
      return [(1 - ofSample) / level.sigma, -ofOutput / level.sigma]
    },
  }
}

/** What the EDM schedulers share: their own noise levels and preconditioning. */
function edmMethod(
  config: EdmOptions,
  timestepAt: (sigma: number) => number,
  solve: (parts: EdmParts) => Stage[],
): Method {
  const prediction = edmPrediction(config)
  const [max, min] = [config.sigma_max!, config.sigma_min!]
  return {
    refuses: ['timesteps'],
    grid(request) {
      const steps = checkWhole('steps', request.sigmas?.length ?? request.steps, 1, config.num_train_timesteps)
      const even = spaceSigmas(config.sigma_schedule, max, min, steps, config.rho)
      const sigmas = request.sigmas ? checkSigmas(request.sigmas) : even
      const final = config.final_sigmas_type === 'zero' ? 0 : sigmas.at(-1)!
      const levels = [...sigmas, final].map((sigma) => varianceExploding(Math.fround(sigma)))
      const timesteps = sigmas.map((sigma) => Math.fround(timestepAt(Math.fround(sigma))))
      return { intervals: intervalsBetween(timesteps, levels), initialNoiseScale: Math.sqrt(max ** 2 + 1) }
    },
    solve: (parts) => solve({ ...parts, prediction }),
  }
}
