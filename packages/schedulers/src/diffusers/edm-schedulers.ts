import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import { freezePlan, type Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { type Interval, intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import { spaceSigmas } from '../sigma-spacing.ts'
import { dpmMultistep } from '../solvers/dpm-solver.ts'
import { churnedEuler, euler } from '../solvers/euler.ts'
import { thresholdDefaults } from './defaults.ts'
import { finalOrders } from './dpm-orders.ts'
import { filterPart } from './filter.ts'
import { oneOf } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { type ReadConfig, readConfig } from './read-config.ts'
import { checkSigmas, checkWhole, refuse, skipTo } from './request.ts'

/**
 * Euler's method as Karras et al. 2022 ("EDM") formulate it. Reads `sigmas` and `churn` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createEDMEulerScheduler(options: SchedulerConfig = {}, name = 'EDMEulerScheduler'): Scheduler {
  const read = readConfig(name, options, edmDefaults(), edmRules())
  return edmScheduler(name, read, quarterLog, ({ intervals, prediction, request, steps }) => {
    if (!request.churn) return euler(intervals, prediction)
    const denoised = (_: NoiseLevel, raised: NoiseLevel) => prediction.denoised(raised)
    return churnedEuler(intervals, prediction, { churn: request.churn, steps, denoised })
  })
}

/**
 * DPM-Solver++ multistep in the EDM formulation. Reads `sigmas` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createEDMDPMSolverMultistepScheduler(
  options: SchedulerConfig = {},
  name = 'EDMDPMSolverMultistepScheduler',
): Scheduler {
  const read = readConfig(
    name,
    options,
    { ...edmDefaults(), ...thresholdDefaults(), ...multistepDefaults(), algorithm_type: 'dpmsolver++' },
    { ...edmRules(), algorithm_type: oneOf('dpmsolver++', 'sde-dpmsolver++', 'deis') },
  )
  const stochastic = read.config.algorithm_type === 'sde-dpmsolver++'
  return edmScheduler(name, read, quarterLog, (parts) => multistep(parts, read.config, stochastic))
}

/**
 * Stochastic DPM-Solver++ multistep on the cosine schedule of Stable Audio. The reference draws from a Brownian tree of
 * its own; here the caller's source is told the stretch of sigma, and may ignore it.
 * @throws ConfigError if an option is wrong.
 */
export function createCosineDPMSolverMultistepScheduler(
  options: SchedulerConfig = {},
  name = 'CosineDPMSolverMultistepScheduler',
): Scheduler {
  const read = readConfig(
    name,
    options,
    {
      ...edmDefaults(),
      ...multistepDefaults(),
      sigma_min: 0.3,
      sigma_max: 500,
      sigma_data: 1,
      sigma_schedule: 'exponential',
      prediction_type: 'v_prediction',
    },
    { ...edmRules(), solver_order: oneOf(1, 2) },
  )
  const angle = (sigma: number) => (Math.atan(sigma) / Math.PI) * 2
  return edmScheduler(name, read, angle, (parts) =>
    multistep(parts, read.config, true).map((stage, k) => {
      const { from, to } = parts.intervals[k]!
      return { ...stage, noiseInterval: [from.sigma, to.sigma] }
    }),
  )
}

type EdmKey = 'sigma_min' | 'sigma_max' | 'sigma_data' | 'sigma_schedule' | 'num_train_timesteps'
type EdmOptions = Pick<SchedulerOptions, EdmKey | 'prediction_type' | 'rho' | 'final_sigmas_type'>
type MultistepOptions = Pick<SchedulerOptions, 'solver_order' | 'solver_type' | 'lower_order_final' | 'euler_at_final'>

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

function multistepDefaults(): MultistepOptions {
  return { solver_order: 2, solver_type: 'midpoint', lower_order_final: true, euler_at_final: false }
}

function edmRules() {
  const positive = { expected: 'a number above 0', accepts: (value: unknown) => typeof value === 'number' && value > 0 }
  return { prediction_type: oneOf('epsilon', 'v_prediction'), sigma_min: positive, sigma_max: positive }
}

interface EdmParts {
  readonly intervals: readonly Interval[]
  readonly prediction: Prediction
  readonly steps: number
  readonly request: PlanRequest
  readonly filtered: boolean
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
function edmScheduler(
  name: string,
  read: Pick<ReadConfig<never>, 'warnings'> & { readonly config: Readonly<EdmOptions & Partial<SchedulerOptions>> },
  timestepOf: (sigma: number) => number,
  solve: (parts: EdmParts) => Stage[],
): Scheduler {
  const { config, warnings } = read
  const [max, min] = [config.sigma_max!, config.sigma_min!]
  return {
    name,
    config: { ...config },
    warnings,
    plan(request) {
      refuse(request, name, 'timesteps')
      const sigmas =
        request.sigmas ??
        spaceSigmas(
          config.sigma_schedule,
          max,
          min,
          checkWhole('steps', request.steps, 1, config.num_train_timesteps),
          config.rho,
        )
      if (request.sigmas) checkSigmas(sigmas)
      const final = config.final_sigmas_type === 'zero' ? 0 : sigmas.at(-1)!
      const levels = [...sigmas, final].map((sigma) => varianceExploding(Math.fround(sigma)))
      const timesteps = sigmas.map((sigma) => Math.fround(timestepOf(Math.fround(sigma))))
      const intervals = skipTo(request, intervalsBetween(timesteps, levels))
      const filter = filterPart(config)
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: Math.sqrt(max ** 2 + 1),
        ...filter,
        stages: solve({
          intervals,
          prediction: edmPrediction(config),
          steps: sigmas.length,
          request,
          filtered: 'filter' in filter,
        }),
        warnings: [],
      })
    },
  }
}
