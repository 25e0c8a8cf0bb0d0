import { ConfigError } from '@latentkit/core'
import type { SchedulerWarning } from '../plan.ts'
import type { SigmaSpacing } from '../sigma-spacing.ts'
import { type Kinds, kinds } from './option-kinds.ts'
import {
  type Allowed,
  type Config,
  knownOptions,
  type OptionGroup,
  optionGroups,
  type SchedulerConfig,
} from './options.ts'

/** The options of a class. */
export interface ClassOptions {
  /** diffusers' class name. */
  readonly name: string
  /** Options by name, or groups of them. */
  readonly has: readonly (keyof Config | OptionGroup)[]
  /** Values of options nobody chose, where the class differs from the usual; options that it lacks keep them. */
  readonly usual?: Partial<Config>
  /** What the class accepts where that is not the usual. */
  readonly accepts?: { readonly [Key in keyof Config]?: Allowed }
}

/** A checked configuration. */
export interface CheckedConfig {
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
export function readConfig({ name, has, usual, accepts }: ClassOptions, given: SchedulerConfig): CheckedConfig {
  const unchosen = Array.isArray(given._use_default_values) ? given._use_default_values : []
  const chosen = Object.entries(given).filter(
    ([key, value]) => !key.startsWith('_') && value !== undefined && !unchosen.includes(key),
  )
  const everywhere = Object.entries(knownOptions).map(([key, [value]]) => [key, readNumberWord(value)])
  const values: Readonly<Record<string, unknown>> = { ...Object.fromEntries(everywhere), ...usual }
  const choices: Readonly<Record<string, unknown>> = Object.fromEntries(chosen)
  const own: Record<string, unknown> = {}
  for (const key of has.flatMap(expand)) {
    const value = readNumberWord(key in choices ? choices[key] : values[key])
    const expected = expectation(accepts?.[key] ?? knownOptions[key][1], value)
    if (expected) throw new ConfigError({ source: name, key, value, expected })
    own[key] = value
  }
  checkTogether(name, own)
  const unknown = chosen.map(([key]) => key).filter((key) => !(key in own))
  return {
    config: { ...values, ...own } as Config,
    own: Object.freeze(own),
    warnings: unknown.map((key) => ({
      code: 'unknown_config_key',
      message: `"${key}" is not an option of ${name} and was ignored.`,
    })),
  }
}

function expand(name: keyof Config | OptionGroup): readonly (keyof Config)[] {
  return name in optionGroups ? optionGroups[name as OptionGroup].flatMap(expand) : [name as keyof Config]
}

/** What was expected, if a value is not it. */
function expectation(allowed: Allowed, value: unknown): string | undefined {
  if (typeof allowed !== 'string') {
    return allowed.includes(value as never) ? undefined : allowed.map((word) => JSON.stringify(word)).join(' or ')
  }
  const nullable = allowed.endsWith('?')
  const [expected, accepts] = kinds[(nullable ? allowed.slice(0, -1) : allowed) as keyof Kinds]
  if (accepts(value) || (nullable && value === null)) return undefined
  return nullable ? `${expected} or null` : expected
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
function checkTogether(source: string, config: Partial<Config>): void {
  const { trained_betas: betas, num_train_timesteps: length, algorithm_type: algorithm, final_sigmas_type } = config
  if (betas && 'beta_schedule' in config && betas.length !== length) {
    const expected = `num_train_timesteps, ${length}, values`
    throw new ConfigError({ source, key: 'trained_betas', value: `${betas.length} values`, expected })
  }
  const [first, key] = Object.keys(spacings).filter((key) => config[key as keyof typeof spacings])
  if (key) throw new ConfigError({ source, key, value: true, expected: `false, since ${first} is true` })
  if (config.shift_terminal && 'use_flow_sigmas' in config && !config.use_flow_sigmas) {
    const [key, value] = ['shift_terminal', config.shift_terminal]
    throw new ConfigError({ source, key, value, expected: 'null without use_flow_sigmas' })
  }
  // These integrate the noise estimate, and there is no noise at the clean picture.
  if (final_sigmas_type === 'zero' && algorithm?.endsWith('dpmsolver')) {
    const expected = `"sigma_min" with algorithm_type "${algorithm}"`
    throw new ConfigError({ source, key: 'final_sigmas_type', value: 'zero', expected })
  }
}

/** JSON has no word for infinity; diffusers writes one, and readers keep it as text. */
function readNumberWord(value: unknown): unknown {
  return value === 'Infinity' || value === '-Infinity' ? Number(value) : value
}
