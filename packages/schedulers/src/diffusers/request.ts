import { InvalidArgumentError } from '@latentkit/core'
import type { PlanRequest } from '../scheduler.ts'
import type { Config } from './options.ts'
import { respacingOf } from './read-config.ts'

/** @throws InvalidArgumentError unless `value` is a whole number in the range. */
export function checkWhole(argument: string, value: unknown, minimum: number, maximum: number): number {
  if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return value as number
  throw new InvalidArgumentError({ argument, value, expected: `a whole number from ${minimum} to ${maximum}` })
}

/** @throws InvalidArgumentError unless `value` is a number from 0 to 1. */
export function checkShare(argument: string, value: number): number {
  if (value >= 0 && value <= 1) return value
  throw new InvalidArgumentError({ argument, value, expected: 'a number from 0 to 1' })
}

/** @throws InvalidArgumentError unless all that is said of churn are numbers from 0. */
export function checkChurn({ churn = {} }: PlanRequest): void {
  for (const [key, value] of Object.entries(churn)) {
    if (value >= 0) continue
    throw new InvalidArgumentError({ argument: `churn.${key}`, value, expected: 'a number from 0' })
  }
}

/**
 * The timesteps of a request if it lists them.
 * @throws InvalidArgumentError if they do not descend within training, or a configuration that spaces sigmas leaves no choice.
 */
export function readTimesteps(config: Config, { timesteps }: PlanRequest): readonly number[] | undefined {
  if (timesteps === undefined) return undefined
  const { num_train_timesteps: trainSteps } = config
  const spacing = respacingOf(config)
  const valid = timesteps.every((t, k) => t >= 0 && t < trainSteps && (k === 0 || t < timesteps[k - 1]!))
  if (valid && timesteps.length > 0 && !spacing) return timesteps
  const expected = spacing ? `none with ${spacing} sigmas` : `descending timesteps from ${trainSteps - 1} to 0`
  throw new InvalidArgumentError({ argument: 'timesteps', value: timesteps, expected })
}

/** @throws InvalidArgumentError unless sigmas descend, to 0 at the lowest, and are as many as needed. */
export function checkSigmas(sigmas: readonly number[], fewest = 1): readonly number[] {
  const valid = sigmas.every((sigma, k) => sigma >= 0 && (k === 0 || sigma < sigmas[k - 1]!))
  if (valid && sigmas.length >= fewest) return sigmas
  const expected = `${fewest} or more descending sigmas, none below 0`
  throw new InvalidArgumentError({ argument: 'sigmas', value: sigmas, expected })
}
