import { ConfigError } from '@latentkit/core'
import { namedScheduler, type Scheduler } from '@latentkit/schedulers'
import type { ConfigJson } from '../config-reader.ts'

/**
 * The scheduler of a class, by name, for the training schedule of a model.
 * @throws InvalidArgumentError if there is no such class; ConfigError if it cannot lead this model from noise to a picture.
 */
export function schedulerForModel(name: string, config: ConfigJson): Scheduler {
  const scheduler = namedScheduler(name, config)
  const refuse = (hint: string): never => {
    const expected = 'a scheduler for the model’s training schedule'
    throw new ConfigError({ source: 'scheduler', key: '_class_name', value: scheduler.name, expected, hint })
  }
  if (!scheduler.levelAt) refuse('It has noise levels of its own, which this model was not trained with.')
  if (scheduler.name.includes('Inverse')) refuse('It goes from a picture to noise.')
  return scheduler
}
