import { ConfigError } from '@latentkit/core'
import type { SchedulerWarning } from '../plan.ts'
import type { SigmaSpacing } from '../sigma-spacing.ts'
import { knownOptions, type OptionGroup, type OptionRule, optionGroups } from './known-options.ts'
import type { Config, SchedulerConfig, SchedulerOptions } from './options.ts'

/** The options of a class. */
export interface ClassOptions {
  /** Options by name, or groups of them. */
  readonly has: readonly (keyof SchedulerOptions | OptionGroup)[]
  /** Values of options nobody chose, where the class differs from the usual. */
  readonly usual?: Partial<SchedulerOptions>
  /** What the class accepts where that is less than usual. */
  readonly accepts?: { readonly [Key in keyof SchedulerOptions]?: OptionRule }
}

/** A checked configuration. */
export interface CheckedConfig {
  /** A value for every option there is; those that the class lacks have their usual one. */
  readonly config: Config
  /** The options of the class alone. */
  readonly own: Partial<Config>
  readonly warnings: readonly SchedulerWarning[]
}

/**
 * Completes a configuration with a class's usual values and checks it.
 *
 * Keys that begin with `_` are diffusers' own notes; the values of keys named in `_use_default_values` were never chosen
 * by anyone, so this class's replace them.
 * @throws ConfigError if a value is wrong or not supported by the class.
 */
export function readConfig(name: string, given: SchedulerConfig, { has, usual, accepts }: ClassOptions): CheckedConfig {
  const unchosen = Array.isArray(given._use_default_values) ? given._use_default_values : []
  const chosen = Object.entries(given).filter(
    ([key, value]) => !key.startsWith('_') && value !== undefined && !unchosen.includes(key),
  )
  const values: Record<string, unknown> = { ...usual, ...Object.fromEntries(chosen) }
  const own: Record<string, unknown> = {}
  for (const key of has.flatMap(expand)) {
    const value = readNumberWord(key in values ? values[key] : knownOptions[key][0])
    const rule = accepts?.[key] ?? knownOptions[key][1]
    if (!rule.accepts(value)) throw new ConfigError({ source: name, key, value, expected: rule.expected })
    own[key] = value
  }
  checkTogether(name, own)
  const unknown = chosen.map(([key]) => key).filter((key) => !(key in own))
  const everywhere = Object.entries(knownOptions).map(([key, [value]]) => [key, value])
  return {
    config: { ...Object.fromEntries(everywhere), ...own },
    own: Object.freeze(own),
    warnings: unknown.map((key) => ({
      code: 'unknown_config_key',
      message: `"${key}" is not an option of ${name} and was ignored.`,
    })),
  }
}

function expand(name: ClassOptions['has'][number]): readonly (keyof SchedulerOptions)[] {
  return name in optionGroups ? optionGroups[name as OptionGroup] : [name as keyof SchedulerOptions]
}

/** The switches of sigma spacings; a configuration turns on one at most. */
const spacings = {
  use_karras_sigmas: 'karras',
  use_exponential_sigmas: 'exponential',
  use_beta_sigmas: 'beta',
  use_lu_lambdas: 'lu',
  use_flow_sigmas: 'flow',
} as const

/** The sigma spacing that a configuration switches on, if any. */
export function respacingOf(config: Config): SigmaSpacing | 'flow' | undefined {
  return Object.entries(spacings).find(([key]) => config[key as keyof typeof spacings])?.[1]
}

/** What single options cannot tell. */
function checkTogether(name: string, config: Partial<SchedulerOptions>): void {
  const { trained_betas: betas, num_train_timesteps: length } = config
  if (betas && 'beta_schedule' in config && betas.length !== length) {
    const expected = `num_train_timesteps, ${length}, values`
    throw new ConfigError({ source: name, key: 'trained_betas', value: `${betas.length} values`, expected })
  }
  const [first, key] = Object.keys(spacings).filter((key) => config[key as keyof typeof spacings])
  if (key) throw new ConfigError({ source: name, key, value: true, expected: `false, since ${first} is true` })
}

/** JSON has no word for infinity; diffusers writes one, and readers keep it as text. */
function readNumberWord(value: unknown): unknown {
  return value === 'Infinity' || value === '-Infinity' ? Number(value) : value
}
