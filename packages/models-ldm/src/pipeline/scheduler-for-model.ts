import { InvalidArgumentError, LatentkitError } from '@latentkit/core'
import { namedScheduler, type Scheduler } from '@latentkit/schedulers'
import type { ConfigJson } from '../config-reader.ts'

/**
 * A scheduler that somebody made, or that of a class, by name, for the training schedule of a model.
 * @throws InvalidArgumentError if there is no such class, or it cannot lead this model from noise to a picture.
 */
export function schedulerForModel(wanted: Scheduler | string, config: ConfigJson): Scheduler {
  const refuse = (hint: string): never => {
    const value = typeof wanted === 'string' ? wanted : wanted.name
    const expected = 'a scheduler that leads this model from noise to a picture'
    throw new InvalidArgumentError({ argument: 'scheduler', value, expected, hint })
  }
  const scheduler = typeof wanted === 'string' ? fromConfig(wanted, config, refuse) : wanted
  if (typeof scheduler?.plan !== 'function') {
    const expected = 'the name of a scheduler, or one that schedulerFromConfig or a class of it made'
    throw new InvalidArgumentError({ argument: 'scheduler', value: scheduler, expected })
  }
  // One of another kind than ours says nothing of training.
  if ('num_train_timesteps' in (scheduler.config ?? {}) && !scheduler.levelAt)
    refuse('It has noise levels of its own; the pipeline takes schedulers that follow a training schedule.')
  if (`${scheduler.name}`.includes('Inverse')) refuse('It goes from a picture to noise.')
  return scheduler
}

function fromConfig(name: string, config: ConfigJson, refuse: (hint: string) => never): Scheduler {
  // It would take only some models' configurations, and then be refused for the mask all the same.
  if (/^re-?paint/i.test(name)) refuse('It needs a mask, and none can be given here.')
  try {
    return namedScheduler(name, config)
  } catch (error) {
    // The model's configuration is right; it is this scheduler that does not take it.
    if (LatentkitError.isInstance(error, 'config')) return refuse(error.message)
    throw error
  }
}
