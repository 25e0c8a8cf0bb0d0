import { ConfigError } from '@latentkit/core'
import type { SchedulerWarning } from '../plan.ts'
import { defined } from '../refuse.ts'
import type { Scheduler } from '../scheduler.ts'
import type { SigmaSpacing } from '../sigma-spacing.ts'
import { type Allowed, type Config, knownOptions, mismatch, optionGroups, type SchedulerConfig } from './options.ts'

type OptionName = keyof Config | keyof typeof optionGroups

/** The options of a class. */
export interface ClassOptions {
  /** diffusers' class name. */
  readonly name: string
  /** Options by name, or groups of them. */
  readonly has: readonly OptionName[]
  /** Options of sister classes that it goes by where a file has them. Default none. */
  readonly reads?: readonly (keyof Config)[]
  /** Values of options nobody chose, where the class differs from the usual; options that it lacks keep them. */
  readonly usual?: Partial<Config>
  /** What the class accepts where that is not the usual. */
  readonly accepts?: { readonly [Key in keyof Config]?: Allowed }
}

/** Parity: what bounds a respacing in classes that have no such options, too. */
export const sigmaEnds = ['sigma_min', 'sigma_max'] as const

/** A checked configuration. */
export interface CheckedConfig {
  readonly config: Config
  /** The options of the class, and what other classes go by: as diffusers keeps it, to make another class from. */
  readonly kept: Scheduler['config']
  readonly warnings: readonly SchedulerWarning[]
}

/**
 * Completes a configuration with a class's usual values and checks it. Keys that begin with `_` are diffusers' notes;
 * nobody chose the values of keys that `_use_default_values` names, so this class's replace them.
 * @throws ConfigError if a value is wrong or not supported by the class.
 */
export function readConfig(options: ClassOptions, given: SchedulerConfig): CheckedConfig {
  const { name, has, reads = [], usual, accepts } = options
  const unchosen = Array.isArray(given._use_default_values) ? given._use_default_values : []
  const isChosen = (key: string) => !key.startsWith('_') && !unchosen.includes(key)
  const chosen = Object.fromEntries(Object.entries(defined(given)).filter(([key]) => isChosen(key)))
  const defaults = Object.fromEntries(Object.entries(knownOptions).map(([key, [value]]) => [key, value]))
  const values: Readonly<Record<string, unknown>> = { ...defaults, ...usual, ...chosen }
  const read = switchesOf(chosen).length > 0 ? reads.filter((key) => key in chosen) : []
  const keys = [...has.flatMap(expand), ...read]
  const own = Object.fromEntries(keys.map((key) => [key, readNumberWord(values[key])]))
  const refuse: Refuse = (key, expected, value = own[key]) => {
    throw new ConfigError({ source: name, key, value, expected })
  }
  for (const key of keys) {
    const expected = mismatch(accepts?.[key] ?? knownOptions[key][1], own[key])
    if (expected) refuse(key, expected)
  }
  checkTogether(own, refuse)
  const unknown = Object.keys(chosen).filter((key) => !(key in own))
  const _use_default_values = keys.filter((key) => !(key in chosen))
  return {
    config: { ...defaults, ...usual, ...own } as Config,
    kept: Object.freeze({ _class_name: name, ...chosen, ...own, _use_default_values }),
    warnings: unknown.map((key) => ({
      code: 'unknown_config_key',
      message: `"${key}" is not an option of ${name} and was ignored.`,
    })),
  }
}

function expand(name: OptionName): readonly (keyof Config)[] {
  return name in optionGroups ? optionGroups[name as keyof typeof optionGroups].flatMap(expand) : [name as keyof Config]
}

/** JSON has no word for infinity; diffusers writes one, and readers keep it as text. */
function readNumberWord(value: unknown): unknown {
  return value === 'Infinity' || value === '-Infinity' ? Number(value) : value
}

/** The switches of sigma spacings; a configuration turns on one at most. */
const spacings = {
  use_karras_sigmas: 'karras',
  use_exponential_sigmas: 'exponential',
  use_beta_sigmas: 'beta',
  use_lu_lambdas: 'lu',
  use_flow_sigmas: 'flow',
} as const

/** The switches that a configuration turns on. */
const switchesOf = (config: Partial<Config>) =>
  (Object.keys(spacings) as (keyof typeof spacings)[]).filter((key) => config[key])

/** The sigma spacing that a configuration switches on, if any. */
export function respacingOf(config: Config): SigmaSpacing | 'flow' | undefined {
  const [key] = switchesOf(config)
  return key && spacings[key]
}

type Refuse = (key: keyof Config, expected: string, value?: unknown) => void

/** What single options cannot tell. */
function checkTogether(config: Partial<Config>, refuse: Refuse): void {
  const { trained_betas: betas, num_train_timesteps: length, algorithm_type: algorithm } = config
  if (betas && 'beta_schedule' in config && betas.length !== length)
    refuse('trained_betas', `num_train_timesteps, ${length}, values`, `${betas.length} values`)
  const [first, second] = switchesOf(config)
  if (second) refuse(second, `false, since ${first} is true`)
  if (config.shift_terminal && config.use_flow_sigmas === false)
    refuse('shift_terminal', 'null without use_flow_sigmas')
  const { prediction_type: prediction, use_flow_sigmas: isFlow } = config
  if ('use_flow_sigmas' in config && !isFlow && prediction === 'flow_prediction')
    refuse('prediction_type', 'another than that of flows without use_flow_sigmas')
  if (isFlow && prediction === 'v_prediction')
    refuse('prediction_type', '"flow_prediction", "epsilon" or "sample" with use_flow_sigmas')
  // These integrate the noise estimate, and there is no noise at the clean picture.
  if (config.final_sigmas_type === 'zero' && algorithm?.endsWith('dpmsolver'))
    refuse('final_sigmas_type', `"sigma_min" with algorithm_type "${algorithm}"`)
}
