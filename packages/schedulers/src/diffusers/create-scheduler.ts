import { type DenoisedFilter, freezePlan, type SchedulerWarning, type Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import type { Interval, Run } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import type { Config, SchedulerConfig } from './options.ts'
import { type ClassOptions, readConfig } from './read-config.ts'
import { type CheckedRequest, checkWhole, readRequest, type Takes } from './request.ts'

/** A scheduler as data: the options that it has, where a run goes, and how it goes from one place to the next. */
export interface SchedulerClass<Shared extends Family = Family> extends ClassOptions {
  family(config: Config): Shared
  solve(run: RequestedRun & Shared): readonly Stage[]
  readonly takes?: Takes
  /** Parity: the reference ignores the options of the filter. */
  readonly unfiltered?: true
}

/** What classes may have in common: how the model is read, and where a run goes. */
export interface Family {
  readonly prediction: Prediction
  readonly levelAt?: NonNullable<Scheduler['levelAt']>
  /** The whole run, before a request's `startAt` leaves steps out. */
  grid(request: CheckedRequest): Grid
}

/** Where a run goes. */
export interface Grid {
  readonly intervals: readonly Interval[]
  /** Default 1. */
  readonly initialNoiseScale?: number
  readonly warnings?: readonly SchedulerWarning[]
}

/** A run and what was asked for. */
export interface RequestedRun extends Run {
  readonly config: Config
  readonly request: CheckedRequest
  /** Steps of the whole run. */
  readonly steps: number
}

/**
 * Makes a scheduler of a class from options under diffusers' names; what is left out has the class's usual value.
 * @throws ConfigError if an option is wrong.
 */
export function createScheduler(scheduler: SchedulerClass, options: SchedulerConfig = {}): Scheduler {
  const { name } = scheduler
  const { config, kept, warnings } = readConfig(scheduler, options)
  const family = scheduler.family(config)
  const filter = scheduler.unfiltered ? undefined : filterOf(config)
  return {
    name,
    config: kept,
    warnings,
    ...(family.levelAt && { levelAt: family.levelAt }),
    plan(request) {
      const checked = readRequest(name, scheduler.takes ?? [], config, request)
      const { intervals: all, initialNoiseScale = 1, warnings = [] } = family.grid(checked)
      const intervals = all.slice(checkWhole('startAt', request.startAt ?? 0, 0, all.length - 1))
      const filtered = filter !== undefined
      const run = { ...family, config, request: checked, intervals, steps: all.length, filtered }
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale,
        ...(filter && { filter }),
        ...(config.variance_type?.startsWith('learned') && { splitsOutput: true }),
        stages: scheduler.solve(run),
        warnings,
      })
    },
  }
}

/** Thresholding wins over clipping. */
function filterOf(config: Config): DenoisedFilter | undefined {
  if (config.thresholding)
    return { kind: 'threshold', ratio: config.dynamic_thresholding_ratio, max: config.sample_max_value }
  return config.clip_sample || config.clip_denoised ? { kind: 'clip', range: config.clip_sample_range } : undefined
}
