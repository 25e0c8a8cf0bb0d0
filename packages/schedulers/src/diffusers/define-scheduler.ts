import { type DenoisedFilter, freezePlan, type SchedulerWarning, type Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import type { Interval, Run } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import type { Config, SchedulerConfig } from './options.ts'
import { type ClassOptions, readConfig } from './read-config.ts'
import { refuse, skipTo } from './request.ts'

/**
 * Makes a scheduler from options under diffusers' names; what is left out has the class's usual value.
 * @throws ConfigError if an option is wrong.
 */
export type SchedulerFactory = (options?: SchedulerConfig) => Scheduler

/** What makes a scheduler: how it reads the model, where it goes, and how it goes from one place to the next. */
export interface Method {
  readonly prediction: Prediction
  /** The whole run, before a request's `startAt` leaves steps out. */
  grid(request: PlanRequest): Grid
  solve(run: RequestedRun): readonly Stage[]
  /** What a request may not ask for, since it cannot be done. Default timesteps and sigmas. */
  readonly refuses?: readonly ('timesteps' | 'sigmas' | 'churn' | 'startAt')[]
  readonly levelAt?: NonNullable<Scheduler['levelAt']>
  /** The filter, if it is not that of the usual options. */
  readonly filter?: DenoisedFilter | undefined
}

/** The part of a method that classes of a family share. */
export type Family = Required<Pick<Method, 'prediction' | 'levelAt' | 'grid'>>

/** Where a run goes. */
export interface Grid {
  readonly intervals: readonly Interval[]
  /** Default 1. */
  readonly initialNoiseScale?: number
  readonly warnings?: readonly SchedulerWarning[]
}

/** A run and what was asked for. */
export interface RequestedRun extends Run {
  readonly request: PlanRequest
  /** Steps of the whole run. */
  readonly steps: number
}

/**
 * Makes a scheduler of a class.
 * @throws ConfigError if an option is wrong.
 */
export function defineScheduler(
  name: string,
  options: SchedulerConfig | undefined,
  definition: ClassOptions & { method(config: Config): Method },
): Scheduler {
  const { config, own, warnings } = readConfig(name, options ?? {}, definition)
  const method = definition.method(config)
  const { prediction, levelAt, refuses = ['timesteps', 'sigmas'] } = method
  const filter = 'filter' in method ? method.filter : filterOf(config)
  return {
    name,
    config: own,
    warnings,
    ...(levelAt && { levelAt }),
    plan(request) {
      for (const key of refuses) refuse(key, request[key], `none, since ${name} cannot use it`)
      const { intervals: all, initialNoiseScale = 1, warnings = [] } = method.grid(request)
      const intervals = skipTo(request, all)
      const run = { prediction, intervals, request, steps: all.length, filtered: filter !== undefined }
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale,
        ...(filter && { filter }),
        ...(config.variance_type?.startsWith('learned') && { splitsOutput: true }),
        stages: method.solve(run),
        warnings,
      })
    },
  }
}

/** The filter of the usual options: thresholding wins over clipping. */
function filterOf(config: Config): DenoisedFilter | undefined {
  if (config.thresholding)
    return { kind: 'threshold', ratio: config.dynamic_thresholding_ratio, max: config.sample_max_value }
  return config.clip_sample ? { kind: 'clip', range: config.clip_sample_range } : undefined
}
