import { ConfigError } from '@latentkit/core'
import type { NoiseScheduleOptions } from '../noise-schedule.ts'
import { freezePlan, type Stage } from '../plan.ts'
import { createPrediction, type Prediction } from '../prediction.ts'
import { type Interval, intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import { dpmMultistep, dpmSinglestep } from '../solvers/dpm-solver.ts'
import { linearMultistep } from '../solvers/linear-multistep.ts'
import { saSolver } from '../solvers/sa-solver.ts'
import { unipc } from '../solvers/unipc.ts'
import { linspace } from '../timestep-spacing.ts'
import { flowDefaults, respacingDefaults, sigmaDefaults, thresholdDefaults, trainingDefaults } from './defaults.ts'
import { type DpmGridTraits, dpmGrid } from './dpm-grid.ts'
import { finalOrders, groupOrders } from './dpm-orders.ts'
import { filterPart } from './filter.ts'
import { type OptionRule, oneOf } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { type ReadConfig, readConfig } from './read-config.ts'
import { refuse, skipTo } from './request.ts'
import { levelsOf, trainingSchedule } from './training-levels.ts'

/**
 * DPM-Solver and DPM-Solver++ multistep (Lu et al. 2022), also their stochastic forms. Takes `timesteps` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createDPMSolverMultistepScheduler(
  options: SchedulerConfig = {},
  name = 'DPMSolverMultistepScheduler',
): Scheduler {
  const read = readConfig(
    name,
    options,
    {
      ...dpmDefaults(),
      algorithm_type: 'dpmsolver++',
      solver_type: 'midpoint',
      euler_at_final: false,
      use_lu_lambdas: false,
      final_sigmas_type: 'zero',
      lambda_min_clipped: Number.NEGATIVE_INFINITY,
      variance_type: null,
      rescale_betas_zero_snr: false,
      use_dynamic_shifting: false,
      time_shift_type: 'exponential',
    },
    dpmRules(),
  )
  const { config } = read
  refuseFinalZero(name, config)
  const lastIsFirstOrder = config.euler_at_final || config.final_sigmas_type === 'zero'
  return dpmScheduler(name, read, { final: config.final_sigmas_type, truncatesCosine: true }, (parts) =>
    dpmMultistep(parts.intervals, parts.prediction, {
      ...formOf(config),
      orders: skipTo(parts.request, finalOrders(parts.steps, config, lastIsFirstOrder)),
      filtered: parts.filtered,
    }),
  )
}

/**
 * DPM-Solver and DPM-Solver++ singlestep (Lu et al. 2022). Takes `timesteps` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createDPMSolverSinglestepScheduler(
  options: SchedulerConfig = {},
  name = 'DPMSolverSinglestepScheduler',
): Scheduler {
  const { timestep_spacing: _, steps_offset: __, ...defaults } = dpmDefaults()
  const rules = { ...dpmRules(), algorithm_type: oneOf('dpmsolver', 'dpmsolver++', 'sde-dpmsolver++', 'deis') }
  const read = readConfig(
    name,
    options,
    {
      ...defaults,
      algorithm_type: 'dpmsolver++',
      solver_type: 'midpoint',
      lower_order_final: false,
      final_sigmas_type: 'zero',
      lambda_min_clipped: Number.NEGATIVE_INFINITY,
      variance_type: null,
      use_dynamic_shifting: false,
      time_shift_type: 'exponential',
    },
    rules,
  )
  const config = { ...read.config, ...sigmaDefaults(), prediction_type: read.config.prediction_type }
  refuseFinalZero(name, config)
  const grid = { ...read, config }
  const scheduler = dpmScheduler(name, grid, { final: config.final_sigmas_type }, (parts) =>
    dpmSinglestep(parts.intervals, parts.prediction, {
      ...formOf(config),
      orders: skipTo(parts.request, groupOrders(parts.steps, config)),
      filtered: parts.filtered,
    }),
  )
  return { ...scheduler, config: read.config }
}

/**
 * DEIS in log sigma (Zhang & Chen 2022).
 * @throws ConfigError if an option is wrong.
 */
export function createDEISMultistepScheduler(
  options: SchedulerConfig = {},
  name = 'DEISMultistepScheduler',
): Scheduler {
  const read = readConfig(
    name,
    options,
    {
      ...dpmDefaults(),
      algorithm_type: 'deis',
      solver_type: 'logrho',
      use_dynamic_shifting: false,
      time_shift_type: 'exponential',
    },
    { prediction_type: dpmPredictions() },
  )
  const { config } = read
  return dpmScheduler(
    name,
    read,
    { final: 'sigma_min', repeatsLast: true, refuses: ['timesteps', 'sigmas'] },
    (parts) => {
      const orders = skipTo(parts.request, finalOrders(parts.steps, config, false))
      return linearMultistep(parts.intervals, parts.prediction, {
        order: (k) => orders[k]!,
        variable: 'logSigma',
        filtered: parts.filtered,
      })
    },
  )
}

/**
 * UniPC (Zhao et al. 2023). With `use_flow_sigmas` it takes `sigmas` of a request, before they are shifted.
 * @throws ConfigError if an option is wrong, or the method divides by zero at a final sigma of 0.
 */
export function createUniPCMultistepScheduler(
  options: SchedulerConfig = {},
  name = 'UniPCMultistepScheduler',
): Scheduler {
  const read = readConfig(
    name,
    options,
    {
      ...dpmDefaults(),
      predict_x0: true,
      solver_type: 'bh2',
      disable_corrector: [],
      solver_p: null,
      final_sigmas_type: 'zero',
      rescale_betas_zero_snr: false,
      use_dynamic_shifting: false,
      time_shift_type: 'exponential',
      sigma_min: null,
      sigma_max: null,
      shift_terminal: null,
    },
    { prediction_type: dpmPredictions(), solver_order: oneOf(1, 2, 3, 4), shift_terminal: oneOf(null) },
  )
  const { config } = read
  const traits: DpmTraits = {
    final: config.final_sigmas_type,
    repeatsLast: true,
    refuses: config.use_flow_sigmas ? ['timesteps'] : ['timesteps', 'sigmas'],
    // Parity: UniPC's flow begins at 1 and ends a step before 1/T; the sister classes begin 1/T below 1.
    flowSigmas: (steps) => linspace(1, 1 / config.num_train_timesteps, steps + 1).slice(0, -1),
  }
  return dpmScheduler(name, read, traits, ({ intervals, prediction, request, filtered }) =>
    unipc(intervals, prediction, {
      orders: intervals.map((_, k) =>
        Math.min(config.solver_order, config.lower_order_final ? intervals.length - k : 4),
      ),
      corrects: intervals.map((_, k) => !config.disable_corrector.includes(k + (request.startAt ?? 0))),
      data: config.predict_x0,
      kind: config.solver_type === 'bh1' ? 'bh1' : 'bh2',
      filtered,
    }),
  )
}

/**
 * SA-Solver (Xue et al. 2023). Reads `tau` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createSASolverScheduler(options: SchedulerConfig = {}, name = 'SASolverScheduler'): Scheduler {
  const { solver_order: _, ...defaults } = dpmDefaults()
  const read = readConfig(
    name,
    options,
    {
      ...defaults,
      predictor_order: 2,
      corrector_order: 2,
      tau_func: null,
      algorithm_type: 'data_prediction',
      lambda_min_clipped: Number.NEGATIVE_INFINITY,
      variance_type: null,
    },
    {
      prediction_type: dpmPredictions(),
      algorithm_type: oneOf('data_prediction', 'noise_prediction'),
      variance_type: learnedOrNot(),
    },
  )
  const { config } = read
  const defaultTau = (timestep: number) => (timestep >= 200 && timestep <= 800 ? 1 : 0)
  const traits = { final: 'sigma_min', repeatsLast: true, refuses: ['timesteps', 'sigmas'] } as const
  return dpmScheduler(name, read, traits, ({ intervals, prediction, request, filtered }) => {
    const remaining = (k: number) => (config.lower_order_final ? intervals.length - k : 4)
    return saSolver(intervals, prediction, {
      predictorOrders: intervals.map((_, k) => Math.min(config.predictor_order, remaining(k))),
      correctorOrders: intervals.map((_, k) => Math.min(config.corrector_order, remaining(k) + 1)),
      tau: request.tau ?? defaultTau,
      data: config.algorithm_type === 'data_prediction',
      filtered,
    })
  })
}

type DpmDefaultKey =
  | keyof ReturnType<typeof trainingDefaults>
  | keyof ReturnType<typeof sigmaDefaults>
  | keyof ReturnType<typeof respacingDefaults>
  | keyof ReturnType<typeof thresholdDefaults>
  | keyof ReturnType<typeof flowDefaults>
  | 'solver_order'
  | 'lower_order_final'

function dpmDefaults(): Pick<SchedulerOptions, DpmDefaultKey> {
  return {
    ...trainingDefaults(),
    ...sigmaDefaults(),
    ...respacingDefaults(),
    ...thresholdDefaults(),
    ...flowDefaults(),
    solver_order: 2,
    lower_order_final: true,
  }
}

function dpmPredictions(): OptionRule {
  return oneOf('epsilon', 'sample', 'v_prediction', 'flow_prediction')
}

function learnedOrNot(): OptionRule {
  return oneOf(null, 'learned', 'learned_range')
}

function dpmRules(): { prediction_type: OptionRule; variance_type: OptionRule } {
  return { prediction_type: dpmPredictions(), variance_type: learnedOrNot() }
}

type FormOptions = Pick<SchedulerOptions, 'algorithm_type' | 'solver_type' | 'final_sigmas_type'>

function formOf({ algorithm_type: algorithm, solver_type: kind }: FormOptions) {
  return {
    data: algorithm === 'deis' || algorithm.endsWith('++'),
    stochastic: algorithm.startsWith('sde-'),
    kind: kind === 'heun' ? ('heun' as const) : ('midpoint' as const),
  }
}

/** The noise estimate is not defined where there is no noise. */
function refuseFinalZero(name: string, config: FormOptions): void {
  if (formOf(config).data || config.final_sigmas_type === 'sigma_min') return
  const expected = `"sigma_min" with algorithm_type "${config.algorithm_type}"`
  throw new ConfigError({ source: name, key: 'final_sigmas_type', value: config.final_sigmas_type, expected })
}

type DpmOptions = NoiseScheduleOptions &
  Pick<SchedulerOptions, 'prediction_type' | 'timestep_spacing' | 'steps_offset'> &
  Partial<SchedulerOptions>

interface DpmTraits extends DpmGridTraits {
  /** Ways to choose steps that the class cannot take. Default: sigmas. */
  readonly refuses?: readonly ('timesteps' | 'sigmas')[]
}

interface DpmParts {
  readonly intervals: readonly Interval[]
  readonly prediction: Prediction
  /** Steps of the whole run, before `startAt` leaves some out. */
  readonly steps: number
  readonly request: PlanRequest
  readonly filtered: boolean
}

/** What the family shares: its grid, the filter, learned variances that are left out. */
function dpmScheduler(
  name: string,
  read: Pick<ReadConfig<never>, 'warnings'> & { readonly config: Readonly<DpmOptions> },
  traits: DpmTraits,
  solve: (parts: DpmParts) => Stage[],
): Scheduler {
  const { config, warnings } = read
  const schedule = trainingSchedule(name, config, true)
  const prediction = createPrediction(config.prediction_type)
  return {
    name,
    config: { ...config },
    warnings,
    levelAt: levelsOf(schedule, true),
    plan(request) {
      refuse(request, name, ...(traits.refuses ?? ['sigmas']))
      const grid = dpmGrid(name, config, schedule, request, traits)
      const intervals = skipTo(request, intervalsBetween(grid.timesteps, grid.levels))
      const filter = filterPart(config)
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: 1,
        ...filter,
        ...(config.variance_type ? { splitsOutput: true } : {}),
        stages: solve({ intervals, prediction, steps: grid.timesteps.length, request, filtered: 'filter' in filter }),
        warnings: grid.warnings,
      })
    },
  }
}
