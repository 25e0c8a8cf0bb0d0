import { ConfigError } from '@latentkit/core'
import type { ExponentialForm } from '../exponential-step.ts'
import { createNoiseSchedule, type NoiseScheduleOptions } from '../noise-schedule.ts'
import type { Stage } from '../plan.ts'
import { createPrediction, type Prediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import { dpmMultistep, dpmSinglestep } from '../solvers/dpm-solver.ts'
import { linearMultistep } from '../solvers/linear-multistep.ts'
import { saSolver } from '../solvers/sa-solver.ts'
import { unipc } from '../solvers/unipc.ts'
import {
  multistepDefaults,
  respacingDefaults,
  spacingDefaults,
  thresholdDefaults,
  trainingDefaults,
} from './defaults.ts'
import { defineScheduler, type Method, type SolverParts } from './define-scheduler.ts'
import { type DpmGridTraits, dpmGrid } from './dpm-grid.ts'
import { finalOrders, groupOrders } from './dpm-orders.ts'
import { type OptionRule, oneOf } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { skipTo } from './request.ts'
import { trainedLevels } from './training-levels.ts'

/**
 * DPM-Solver and DPM-Solver++ multistep (Lu et al. 2022), also their stochastic forms. Takes `timesteps` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createDPMSolverMultistepScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    ...dpmDefaults(),
    ...multistepDefaults(),
    ...dynamicFlowDefaults(),
    ...learnedDefaults(),
    ...spacingDefaults('linspace'),
    algorithm_type: 'dpmsolver++',
    euler_at_final: false,
    use_lu_lambdas: false,
    final_sigmas_type: 'zero' as FinalSigmas,
    rescale_betas_zero_snr: false,
  }
  const name = 'DPMSolverMultistepScheduler'
  return defineScheduler(name, options, { defaults, rules: { ...dpmRules(), ...learnedRules() } }, (config) => {
    const form = formOf(name, config)
    const lastIsFirstOrder = config.euler_at_final || config.final_sigmas_type === 'zero'
    return dpmMethod(config, { final: config.final_sigmas_type, truncatesCosine: true }, ['sigmas'], (parts) => {
      const orders = skipTo(parts.request, finalOrders(parts.steps, config, lastIsFirstOrder))
      return dpmMultistep(parts.intervals, parts.prediction, { ...form, orders, filtered: parts.filtered })
    })
  })
}

/**
 * DPM-Solver and DPM-Solver++ singlestep (Lu et al. 2022). Takes `timesteps` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createDPMSolverSinglestepScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    ...dpmDefaults(),
    ...multistepDefaults(),
    ...dynamicFlowDefaults(),
    ...learnedDefaults(),
    algorithm_type: 'dpmsolver++',
    lower_order_final: false,
    final_sigmas_type: 'zero' as FinalSigmas,
  }
  const name = 'DPMSolverSinglestepScheduler'
  const algorithms = { algorithm_type: oneOf('dpmsolver', 'dpmsolver++', 'sde-dpmsolver++', 'deis') }
  const rules = { ...dpmRules(), ...learnedRules(), ...algorithms }
  return defineScheduler(name, options, { defaults, rules }, (config) => {
    const form = formOf(name, config)
    const spaced = { ...config, ...spacingDefaults('linspace') }
    return dpmMethod(spaced, { final: config.final_sigmas_type }, ['sigmas'], (parts) => {
      const orders = skipTo(parts.request, groupOrders(parts.steps, config))
      return dpmSinglestep(parts.intervals, parts.prediction, { ...form, orders, filtered: parts.filtered })
    })
  })
}

/**
 * DEIS in log sigma (Zhang & Chen 2022).
 * @throws ConfigError if an option is wrong.
 */
export function createDEISMultistepScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    ...dpmDefaults(),
    ...multistepDefaults('logrho'),
    ...dynamicFlowDefaults(),
    ...spacingDefaults('linspace'),
    algorithm_type: 'deis',
  }
  return defineScheduler('DEISMultistepScheduler', options, { defaults, rules: dpmRules() }, (config) =>
    dpmMethod(
      config,
      endsAtSigmaMin,
      ['timesteps', 'sigmas'],
      ({ intervals, prediction, request, steps, filtered }) => {
        const orders = skipTo(request, finalOrders(steps, config, false))
        return linearMultistep(intervals, prediction, { order: (k) => orders[k]!, variable: 'logSigma', filtered })
      },
    ),
  )
}

/**
 * UniPC (Zhao et al. 2023). With `use_flow_sigmas` it takes `sigmas` of a request, before they are shifted.
 * @throws ConfigError if an option is wrong, or the method divides by zero at a final sigma of 0.
 */
export function createUniPCMultistepScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    ...dpmDefaults(),
    ...multistepDefaults('bh2'),
    ...dynamicFlowDefaults(),
    ...spacingDefaults('linspace'),
    ...unipcDefaults(),
    predict_x0: true,
    rescale_betas_zero_snr: false,
  }
  const unsupported = { sigma_min: oneOf(null), sigma_max: oneOf(null), shift_terminal: oneOf(null) }
  const rules = { ...dpmRules(), ...unsupported, solver_order: oneOf(1, 2, 3, 4) }
  return defineScheduler('UniPCMultistepScheduler', options, { defaults, rules }, (config) => {
    const traits = { final: config.final_sigmas_type, repeatsLast: true, flowBeginsAtOne: true }
    const refuses = config.use_flow_sigmas ? (['timesteps'] as const) : (['timesteps', 'sigmas'] as const)
    return dpmMethod(config, traits, refuses, ({ intervals, prediction, request, filtered }) =>
      unipc(intervals, prediction, {
        orders: ordersToEnd(config, config.solver_order, intervals.length),
        corrects: intervals.map((_, k) => !config.disable_corrector.includes(k + (request.startAt ?? 0))),
        data: config.predict_x0,
        kind: config.solver_type === 'bh1' ? 'bh1' : 'bh2',
        filtered,
      }),
    )
  })
}

/**
 * SA-Solver (Xue et al. 2023). Reads `tau` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createSASolverScheduler(options: SchedulerConfig = {}): Scheduler {
  const defaults = {
    ...dpmDefaults(),
    ...learnedDefaults(),
    ...spacingDefaults('linspace'),
    predictor_order: 2,
    corrector_order: 2,
    tau_func: null,
    algorithm_type: 'data_prediction',
    lower_order_final: true,
  }
  const algorithms = { algorithm_type: oneOf('data_prediction', 'noise_prediction') }
  const rules = { ...dpmRules(), ...learnedRules(), ...algorithms }
  return defineScheduler('SASolverScheduler', options, { defaults, rules }, (config) =>
    dpmMethod(config, endsAtSigmaMin, ['timesteps', 'sigmas'], ({ intervals, prediction, request, filtered }) =>
      saSolver(intervals, prediction, {
        predictorOrders: ordersToEnd(config, config.predictor_order, intervals.length),
        correctorOrders: ordersToEnd(config, config.corrector_order, intervals.length, 1),
        tau: request.tau ?? ((timestep) => (timestep >= 200 && timestep <= 800 ? 1 : 0)),
        data: config.algorithm_type === 'data_prediction',
        filtered,
      }),
    ),
  )
}

type FinalSigmas = SchedulerOptions['final_sigmas_type']

const endsAtSigmaMin: DpmGridTraits = { final: 'sigma_min', repeatsLast: true }

function dpmDefaults() {
  return { ...trainingDefaults(), ...respacingDefaults(), ...thresholdDefaults(), ...flowDefaults() }
}

function flowDefaults(): Pick<SchedulerOptions, 'use_flow_sigmas' | 'flow_shift'> {
  return { use_flow_sigmas: false, flow_shift: 1 }
}

function dynamicFlowDefaults(): Pick<SchedulerOptions, 'use_dynamic_shifting' | 'time_shift_type'> {
  return { use_dynamic_shifting: false, time_shift_type: 'exponential' }
}

function learnedDefaults(): Pick<SchedulerOptions, 'lambda_min_clipped' | 'variance_type'> {
  return { lambda_min_clipped: Number.NEGATIVE_INFINITY, variance_type: null }
}

type UniPCKey = 'disable_corrector' | 'solver_p' | 'sigma_min' | 'sigma_max' | 'shift_terminal' | 'final_sigmas_type'

function unipcDefaults(): Pick<SchedulerOptions, UniPCKey> {
  const none = { solver_p: null, sigma_min: null, sigma_max: null, shift_terminal: null }
  return { ...none, disable_corrector: [], final_sigmas_type: 'zero' }
}

function dpmRules(): { readonly prediction_type: OptionRule } {
  return { prediction_type: oneOf('epsilon', 'sample', 'v_prediction', 'flow_prediction') }
}

function learnedRules(): { readonly variance_type: OptionRule } {
  return { variance_type: oneOf(null, 'learned', 'learned_range') }
}

type FormOptions = Pick<SchedulerOptions, 'algorithm_type' | 'solver_type' | 'final_sigmas_type'>

/** @throws ConfigError if the noise estimate is asked for where there is no noise. */
function formOf(name: string, config: FormOptions): ExponentialForm {
  const { algorithm_type: algorithm, solver_type: kind, final_sigmas_type: value } = config
  const data = algorithm === 'deis' || algorithm.endsWith('++')
  if (!data && value === 'zero') {
    const expected = `"sigma_min" with algorithm_type "${algorithm}"`
    throw new ConfigError({ source: name, key: 'final_sigmas_type', value, expected })
  }
  return { data, stochastic: algorithm.startsWith('sde-'), kind: kind === 'heun' ? 'heun' : 'midpoint' }
}

/** An order on every interval, not more than the intervals left and `extra` if lower orders are wanted at the end. */
function ordersToEnd(
  config: { readonly lower_order_final: boolean },
  order: number,
  count: number,
  extra = 0,
): number[] {
  return Array.from({ length: count }, (_, k) =>
    config.lower_order_final ? Math.min(order, count - k + extra) : order,
  )
}

type DpmOptions = NoiseScheduleOptions &
  Pick<SchedulerOptions, 'prediction_type' | 'timestep_spacing' | 'steps_offset'> &
  Partial<SchedulerOptions>

/** What the family shares: its grid and its levels. */
function dpmMethod(
  config: DpmOptions,
  traits: DpmGridTraits,
  refuses: NonNullable<Method['refuses']>,
  solve: (parts: SolverParts & { readonly prediction: Prediction }) => Stage[],
): Method {
  const schedule = createNoiseSchedule(config, true)
  const prediction = createPrediction(config.prediction_type)
  return {
    refuses,
    levelAt: trainedLevels(config, true, schedule),
    grid(request) {
      const { timesteps, levels, warnings } = dpmGrid(config, schedule, request, traits)
      return { intervals: intervalsBetween(timesteps, levels), warnings }
    },
    solve: (parts) => solve({ ...parts, prediction }),
  }
}
