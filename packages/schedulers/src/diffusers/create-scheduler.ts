import { type DenoisedFilter, freezePlan, type SchedulerWarning, type Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import type { Interval, Run } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import type { Config, SchedulerConfig } from './options.ts'
import { type ClassOptions, readConfig } from './read-config.ts'
import { checkChurn, checkWhole, refuseGiven } from './request.ts'

/** A scheduler as data: the options that it has, where a run goes, and how it goes from one place to the next. */
export interface SchedulerClass<Shared extends Family = Family> extends ClassOptions {
  family(config: Config): Shared
  solve(run: RequestedRun & Shared): readonly Stage[]
  /** What may say where a run goes, instead of `steps`; `both`: sigmas and, one for each, timesteps to tell the model. */
  readonly takes?: readonly ('timesteps' | 'sigmas' | 'both')[]
  /** Parity: the reference ignores the options of the filter. */
  readonly unfiltered?: true
}

/** What classes may have in common: how the model is read, and where a run goes. */
export interface Family {
  readonly prediction: Prediction
  readonly levelAt?: NonNullable<Scheduler['levelAt']>
  /** The whole run, before a request's `startAt` leaves steps out. */
  grid(request: PlanRequest): Grid
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
  readonly request: PlanRequest
  /** Steps of the whole run. */
  readonly steps: number
}

/**
 * Makes a scheduler of a class from options under diffusers' names; what is left out has the class's usual value.
 * @throws ConfigError if an option is wrong.
 */
export function createScheduler(scheduler: SchedulerClass, options: SchedulerConfig = {}): Scheduler {
  const { name } = scheduler
  const { config, own, warnings } = readConfig(scheduler, options)
  const family = scheduler.family(config)
  const filter = scheduler.unfiltered ? undefined : filterOf(config)
  return {
    name,
    config: own,
    warnings,
    ...(family.levelAt && { levelAt: family.levelAt }),
    plan(request) {
      checkPlaces(scheduler, request)
      checkChurn(request)
      const { intervals: all, initialNoiseScale = 1, warnings = [] } = family.grid(request)
      const intervals = all.slice(checkWhole('startAt', request.startAt ?? 0, 0, all.length - 1))
      const run = { ...family, config, request, intervals, steps: all.length, filtered: filter !== undefined }
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

/** A request says once where a run goes, and in a way that the class knows. */
function checkPlaces({ name, takes = [] }: SchedulerClass, request: PlanRequest): void {
  for (const argument of ['timesteps', 'sigmas'] as const) {
    if (!takes.includes(argument)) refuseGiven(request, argument, `none, since ${name} cannot use it`)
  }
  const { timesteps, sigmas } = request
  if (timesteps || sigmas) refuseGiven(request, 'steps', `none beside ${timesteps ? 'timesteps' : 'sigmas'}`)
  if (!timesteps || !sigmas) return
  if (!takes.includes('both')) refuseGiven(request, 'sigmas', 'none beside timesteps')
  if (timesteps.length !== sigmas.length) refuseGiven(request, 'sigmas', `as many as timesteps, ${timesteps.length}`)
}

/** Thresholding wins over clipping. */
function filterOf(config: Config): DenoisedFilter | undefined {
  if (config.thresholding)
    return { kind: 'threshold', ratio: config.dynamic_thresholding_ratio, max: config.sample_max_value }
  return config.clip_sample || config.clip_denoised ? { kind: 'clip', range: config.clip_sample_range } : undefined
}
