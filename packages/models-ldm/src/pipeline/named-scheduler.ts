import { InvalidArgumentError } from '@latentkit/core'
import { type Scheduler, schedulerFactories, schedulerFromConfig } from '@latentkit/schedulers'
import type { ConfigJson } from '../config-reader.ts'

/**
 * The scheduler of another class for the same training schedule.
 * @param name diffusers' class name or a short form of it: `DDIMScheduler`, `ddim`, `euler-ancestral`.
 * @param config the model's own `scheduler_config.json`.
 * @throws InvalidArgumentError if there is no such class.
 */
export function namedScheduler(name: string, config: ConfigJson): Scheduler {
  const className = Object.keys(schedulerFactories).find((known) => shorten(known) === shorten(name))
  if (!className) {
    const expected = `one of ${Object.keys(schedulerFactories).map(shorten).join(', ')}`
    throw new InvalidArgumentError({ argument: 'scheduler', value: name, expected })
  }
  return schedulerFromConfig(config, { _class_name: className })
}

/** EulerAncestralDiscreteScheduler → euler-ancestral. */
function shorten(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll('_', '-')
  return words.replace(/-?(discrete|scheduler)\b/g, '')
}
