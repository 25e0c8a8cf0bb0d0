import { InvalidArgumentError } from '@latentkit/core'
import { type DenoisedFilter, freezePlan, type SchedulerWarning, type Stage } from '../plan.ts'
import type { Interval } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import type { OptionRule } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { readConfig } from './read-config.ts'
import { skipTo } from './request.ts'

/** What makes a scheduler: where it goes, and how it goes from one place to the next. */
export interface Method {
  /** The whole run, before a request's `startAt` leaves steps out. */
  grid(request: PlanRequest): Grid
  solve(parts: SolverParts): readonly Stage[]
  /** What a request may not ask for, since it cannot be done. */
  readonly refuses?: readonly ('timesteps' | 'sigmas' | 'churn' | 'startAt')[]
  readonly levelAt?: NonNullable<Scheduler['levelAt']>
  /** The filter, if it is not that of the usual options. */
  readonly filter?: DenoisedFilter | undefined
}

/** Where a run goes. */
export interface Grid {
  readonly intervals: readonly Interval[]
  /** Default 1. */
  readonly initialNoiseScale?: number
  readonly warnings?: readonly SchedulerWarning[]
}

/** What a solver has to go on. */
export interface SolverParts {
  readonly intervals: readonly Interval[]
  readonly request: PlanRequest
  /** Steps of the whole run. */
  readonly steps: number
  /** Whether estimates of the clean sample are filtered. */
  readonly filtered: boolean
}

/** The options of a class. */
export interface ClassOptions<Key extends keyof SchedulerOptions> {
  readonly defaults: Pick<SchedulerOptions, Key>
  /** What the class accepts where that is less than usual. */
  readonly rules?: { readonly [K in Key]?: OptionRule }
}

/**
 * Makes a scheduler of a class from what the caller chose.
 * @throws ConfigError if an option is wrong.
 */
export function defineScheduler<Key extends keyof SchedulerOptions>(
  name: string,
  chosen: SchedulerConfig,
  { defaults, rules = {} }: ClassOptions<Key>,
  describe: (config: Readonly<Pick<SchedulerOptions, Key>>) => Method,
): Scheduler {
  const { config, warnings } = readConfig(name, chosen, defaults, rules)
  const method = describe(config)
  const { levelAt } = method
  const filter = 'filter' in method ? method.filter : filterOf(config)
  const learned = (config as Partial<SchedulerOptions>).variance_type?.startsWith('learned')
  return {
    name,
    config: { ...config },
    warnings,
    ...(levelAt && { levelAt }),
    plan(request) {
      for (const argument of method.refuses ?? []) {
        const value = request[argument]
        if (value === undefined) continue
        throw new InvalidArgumentError({ argument, value, expected: `none, since ${name} cannot use it` })
      }
      const { intervals: all, initialNoiseScale = 1, warnings = [] } = method.grid(request)
      const intervals = skipTo(request, all)
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale,
        ...(filter && { filter }),
        ...(learned && { splitsOutput: true }),
        stages: method.solve({ intervals, request, steps: all.length, filtered: filter !== undefined }),
        warnings,
      })
    },
  }
}

/** The filter of the usual options: thresholding wins over clipping. */
function filterOf(config: Partial<SchedulerOptions>): DenoisedFilter | undefined {
  if (config.thresholding) {
    return { kind: 'threshold', ratio: config.dynamic_thresholding_ratio!, max: config.sample_max_value! }
  }
  return config.clip_sample ? { kind: 'clip', range: config.clip_sample_range! } : undefined
}
