import { ConfigError } from '@latentkit/core'
import type { SigmaSpacing } from '../sigma-spacing.ts'
import type { SchedulerOptions } from './options.ts'

type Switch = 'use_karras_sigmas' | 'use_exponential_sigmas' | 'use_beta_sigmas' | 'use_lu_lambdas'

const switches: readonly (readonly [Switch, SigmaSpacing])[] = [
  ['use_karras_sigmas', 'karras'],
  ['use_exponential_sigmas', 'exponential'],
  ['use_beta_sigmas', 'beta'],
  ['use_lu_lambdas', 'lu'],
]

/** The switches of sigma spacings. */
export type RespacingOptions = Pick<SchedulerOptions, Switch>

/**
 * The sigma spacing that a configuration switches on, if any.
 * @throws ConfigError if it switches on more than one.
 */
export function respacingOf(name: string, config: Partial<RespacingOptions>): SigmaSpacing | undefined {
  const [first, second] = switches.filter(([key]) => config[key] === true)
  if (second !== undefined) {
    throw new ConfigError({ source: name, key: second[0], value: true, expected: `false, since ${first![0]} is true` })
  }
  return first?.[1]
}
