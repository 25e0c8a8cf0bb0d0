import type { SigmaSpacing } from '../sigma-spacing.ts'
import type { SchedulerOptions } from './options.ts'

/** Switches of sigma spacings; a configuration turns on one at most. */
export const respacings: readonly (readonly [keyof SchedulerOptions, SigmaSpacing])[] = [
  ['use_karras_sigmas', 'karras'],
  ['use_exponential_sigmas', 'exponential'],
  ['use_beta_sigmas', 'beta'],
  ['use_lu_lambdas', 'lu'],
]

/** The sigma spacing that a configuration switches on, if any. */
export function respacingOf(config: Partial<SchedulerOptions>): SigmaSpacing | undefined {
  return respacings.find(([key]) => config[key])?.[1]
}
