import { InvalidArgumentError } from '@latentkit/core'
import type { Scheduler } from '../scheduler.ts'
import { schedulerFactories, schedulerFromConfig } from './scheduler-from-config.ts'

/**
 * The scheduler of another class for the same training schedule.
 * @param name diffusers' class name or the short form of it: `DDIMScheduler`, `ddim`, `euler-ancestral`.
 * @param config a model's own `scheduler_config.json`.
 * @throws InvalidArgumentError if there is no such class; ConfigError if the class cannot do what the model needs.
 */
export function namedScheduler(name: string, config: Readonly<Record<string, unknown>>): Scheduler {
  const classes = Object.keys(schedulerFactories)
  const className = classes.find((known) => bare(known) === bare(name))
  if (className) return schedulerFromConfig(config, { _class_name: className })
  const expected = `one of ${classes.map(shortSchedulerName).join(', ')}`
  throw new InvalidArgumentError({ argument: 'scheduler', value: name, expected })
}

/** The short form of a class name, for command lines: EulerAncestralDiscreteScheduler → euler-ancestral. */
export function shortSchedulerName(className: string): string {
  const words = className.replace(/[a-z](?=[A-Z])|[A-Z\d](?=[A-Z][a-z])/g, '$&-').replaceAll('_', '-')
  return words.toLowerCase().replace(/-?(discrete|scheduler)\b/g, '')
}

function bare(name: string): string {
  return shortSchedulerName(name).replaceAll('-', '')
}
