import { ConfigError } from '@latentkit/core'
import type { SchedulerWarning } from '../plan.ts'
import { type OptionRule, optionRules } from './option-rules.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { respacings } from './respacing.ts'

/** A checked configuration: every option of the class has a value. */
export interface ReadConfig<Key extends keyof SchedulerOptions> {
  readonly config: Readonly<Pick<SchedulerOptions, Key>>
  readonly warnings: readonly SchedulerWarning[]
}

/**
 * Completes a configuration with a class's defaults and checks it.
 *
 * Keys that begin with `_` are diffusers' own notes; the values of keys named in `_use_default_values` were never chosen
 * by anyone, so this class's defaults replace them.
 * @param rules what this class accepts where that is less than usual.
 * @throws ConfigError if a value is wrong or not supported by the class.
 */
export function readConfig<Key extends keyof SchedulerOptions>(
  name: string,
  given: SchedulerConfig,
  defaults: Pick<SchedulerOptions, Key>,
  rules: { readonly [K in Key]?: OptionRule } = {},
): ReadConfig<Key> {
  const unchosen = Array.isArray(given._use_default_values) ? given._use_default_values : []
  const config: Record<string, unknown> = { ...defaults }
  const warnings: SchedulerWarning[] = []
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith('_') || value === undefined || unchosen.includes(key)) continue
    if (key in defaults) config[key] = readNumberWord(value)
    else {
      const message = `"${key}" is not an option of ${name} and was ignored.`
      warnings.push({ code: 'unknown_config_key', message })
    }
  }
  for (const key of Object.keys(defaults) as Key[]) {
    const rule: OptionRule = rules[key] ?? optionRules[key]
    if (!rule.accepts(config[key])) {
      throw new ConfigError({ source: name, key, value: config[key], expected: rule.expected })
    }
  }
  checkTogether(name, config)
  return { config: Object.freeze(config) as ReadConfig<Key>['config'], warnings }
}

/** What single options cannot tell. */
function checkTogether(name: string, config: Partial<SchedulerOptions>): void {
  const { trained_betas: betas, num_train_timesteps: length } = config
  if (betas && 'beta_schedule' in config && betas.length !== length) {
    const expected = `num_train_timesteps, ${length}, values`
    throw new ConfigError({ source: name, key: 'trained_betas', value: `${betas.length} values`, expected })
  }
  const spacings = [...respacings.map(([key]) => key), 'use_flow_sigmas' as const]
  const [first, second] = spacings.filter((key) => config[key])
  if (second)
    throw new ConfigError({ source: name, key: second, value: true, expected: `false, since ${first} is true` })
}

/** JSON has no word for infinity; diffusers writes one, and readers keep it as text. */
function readNumberWord(value: unknown): unknown {
  return value === 'Infinity' || value === '-Infinity' ? Number(value) : value
}
