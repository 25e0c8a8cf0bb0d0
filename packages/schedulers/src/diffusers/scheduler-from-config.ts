import { ConfigError } from '@latentkit/core'
import { defined, refuse } from '../refuse.ts'
import type { Scheduler } from '../scheduler.ts'
import { schedulerClasses } from './classes.ts'
import { createScheduler } from './create-scheduler.ts'
import type { SchedulerConfig } from './options.ts'

type Json = Readonly<Record<string, unknown>>

/** Classes of diffusers that have no plan here. */
const unplanned =
  /^(Amused|BlockRefinement|CogVideoXD(DIM|PM)|ConsistencyDecoder|DDPMWuerstchen|KarrasVe|LTXEulerAncestralRF|SCM|ScoreSdeV[ep]|UnCLIP|VQDiffusion)Scheduler$/

/**
 * Makes the scheduler that a diffusers `scheduler_config.json` names.
 * Another class can be made from the same file by overriding `_class_name`: options that it shares are kept, those the
 * file only recorded as defaults (`_use_default_values`) fall back to the new class's own.
 * @param json the file's content, see `readJson` of `@latentkit/core`.
 * @param overrides what wins over the file; an undefined value overrides nothing.
 * @throws ConfigError if the class is not known or an option is wrong.
 */
export function schedulerFromConfig(json: Json, overrides: SchedulerConfig = {}): Scheduler {
  const chosen = defined(overrides)
  const unchosen = Array.isArray(json._use_default_values) ? json._use_default_values : []
  const _use_default_values = unchosen.filter((key) => !(key in chosen))
  const config: SchedulerConfig = { ...json, ...chosen, _use_default_values }
  const name = config._class_name
  const known = typeof name === 'string' && Object.hasOwn(schedulerClasses, name) && schedulerClasses[name]
  if (known) return createScheduler(known, config)
  const expected = Object.keys(schedulerClasses).join(', ')
  const hint = unplanned.test(`${name}`) && { hint: 'This class of diffusers has no plan here.' }
  throw new ConfigError({ source: 'scheduler_config.json', key: '_class_name', value: name, expected, ...hint })
}

/**
 * The scheduler of another class for the same training schedule.
 * @param name diffusers' class name or the short form of it: `DDIMScheduler`, `ddim`, `euler-ancestral`.
 * @param config a model's own `scheduler_config.json`.
 * @param overrides options that win over it.
 * @throws InvalidArgumentError if there is no such class; ConfigError if the class cannot do what the model needs.
 */
export function namedScheduler(name: string, config: Json, overrides: SchedulerConfig = {}): Scheduler {
  const names = Object.keys(schedulerClasses)
  const className = names.find((known) => bare(known) === bare(name))
  if (className) return schedulerFromConfig(config, { ...overrides, _class_name: className })
  return refuse('scheduler', name, `one of ${names.map(shortSchedulerName).join(', ')}`)
}

/** The short form of a class name, for command lines: EulerAncestralDiscreteScheduler → euler-ancestral. */
export function shortSchedulerName(className: string): string {
  const words = className.replace(/[a-z](?=[A-Z])|[A-Z\d](?=[A-Z][a-z])/g, '$&-').replaceAll('_', '-')
  return words.toLowerCase().replace(/-?(discrete|scheduler)\b/g, '')
}

function bare(name: string): string {
  return shortSchedulerName(name).replaceAll('-', '')
}
