import { InvalidArgumentError } from '@latentkit/core'
import { type Scheduler, type SchedulerWarning, shortSchedulerName } from '@latentkit/schedulers'

/** What a configuration says of the training, which is the model's to say. */
const ofTraining = [
  'num_train_timesteps',
  'beta_start',
  'beta_end',
  'beta_schedule',
  'trained_betas',
  'prediction_type',
] as const

/** What is odd in a scheduler that somebody made for a model. */
export type OddScheduler = SchedulerWarning | { readonly code: 'other_training'; readonly message: string }

/**
 * Checks a scheduler that somebody made by itself against the one that its model comes with. One of a kind of their own, whose
 * configuration says nothing of training, is taken as it is.
 * @returns Its own warnings, and one where another training was chosen for it.
 * @throws InvalidArgumentError if its training is another, which nobody chose.
 */
export function checkTraining(scheduler: Scheduler, ofModel: Scheduler): readonly OddScheduler[] {
  const { name, config = {}, warnings = [] } = scheduler
  const unchosen = new Set(Array.isArray(config._use_default_values) ? config._use_default_values : [])
  const text = (value: unknown) => JSON.stringify(value) ?? 'undefined'
  const shown = (value: unknown) => (Array.isArray(value) ? 'a list' : text(value))
  const differing = ofTraining.filter(
    (key) => key in config && key in ofModel.config && text(config[key]) !== text(ofModel.config[key]),
  )
  const told = (key: string) => `"${key}" is ${shown(config[key])}, the model's ${shown(ofModel.config[key])}`
  const left = differing.filter((key) => unchosen.has(key))
  if (left.length > 0) {
    throw new InvalidArgumentError({
      argument: 'scheduler',
      value: name,
      expected: `one for the model's training: ${left.map(told).join('; ')}`,
      hint: `Make it by namedScheduler('${shortSchedulerName(name)}', pipeline.scheduler.config).`,
    })
  }
  if (differing.length === 0) return warnings
  const message = `${name} is for another training than the model's: ${differing.map(told).join('; ')}.`
  return [...warnings, { code: 'other_training', message }]
}
