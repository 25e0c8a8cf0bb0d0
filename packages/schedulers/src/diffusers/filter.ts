import type { DenoisedFilter } from '../plan.ts'
import type { SchedulerOptions } from './options.ts'

type FilterOptions = Pick<SchedulerOptions, 'clip_sample' | 'clip_sample_range'> &
  Pick<SchedulerOptions, 'thresholding' | 'dynamic_thresholding_ratio' | 'sample_max_value'>

/** The filter of a configuration, as a part of a plan: thresholding wins over clipping; neither leaves the part out. */
export function filterPart(config: Partial<FilterOptions>): { readonly filter?: DenoisedFilter } {
  if (config.thresholding) {
    return { filter: { kind: 'threshold', ratio: config.dynamic_thresholding_ratio!, max: config.sample_max_value! } }
  }
  return config.clip_sample ? { filter: { kind: 'clip', range: config.clip_sample_range! } } : {}
}
