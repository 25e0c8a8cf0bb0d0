import { InvalidArgumentError, LatentkitError } from '@latentkit/core'
import { namedScheduler, type Scheduler } from '@latentkit/schedulers'
import type { ConfigJson } from '../config-reader.ts'

/**
 * The scheduler of a class, by name, for the training schedule of a model.
 * @throws InvalidArgumentError if there is no such class, or it cannot lead this model from noise to a picture.
 */
export function schedulerForModel(name: string, config: ConfigJson): Scheduler {
  const refuse = (hint: string): never => {
    const expected = 'a scheduler that leads this model from noise to a picture'
    throw new InvalidArgumentError({ argument: 'scheduler', value: name, expected, hint })
  }
  const scheduler = fromConfig(name, config, refuse)
  if (!scheduler.levelAt) refuse('It has noise levels of its own, which this model was not trained with.')
  if (scheduler.name.includes('Inverse')) refuse('It goes from a picture to noise.')
  return scheduler
}

function fromConfig(name: string, config: ConfigJson, refuse: (hint: string) => never): Scheduler {
  try {
    return namedScheduler(name, config)
  } catch (error) {
    // The model's configuration is right; it is this scheduler that does not take it.
    if (LatentkitError.isInstance(error, 'config')) return refuse(error.message)
    throw error
  }
}
