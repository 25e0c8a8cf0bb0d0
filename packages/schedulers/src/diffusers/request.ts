import { refuse } from '../refuse.ts'
import type { PlanRequest } from '../scheduler.ts'
import type { Config } from './options.ts'
import { respacingOf } from './read-config.ts'

/** @throws InvalidArgumentError unless `value` is a whole number in the range. */
export function checkWhole(argument: string, value: unknown, minimum: number, maximum: number): number {
  if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return value as number
  return refuse(argument, value, `a whole number from ${minimum} to ${maximum}`)
}

/** @throws InvalidArgumentError unless `value` is a number from 0 to 1. */
export function checkShare(argument: string, value: number): number {
  return value >= 0 && value <= 1 ? value : refuse(argument, value, 'a number from 0 to 1')
}

/** @throws InvalidArgumentError unless all that is said of churn are numbers from 0. */
export function checkChurn({ churn = {} }: PlanRequest): void {
  for (const [key, value] of Object.entries(churn)) {
    if (!(value >= 0)) refuse(`churn.${key}`, value, 'a number from 0')
  }
}

/** @throws InvalidArgumentError if a request gives what cannot be used. */
export function refuseGiven(request: PlanRequest, argument: keyof PlanRequest, expected: string): void {
  if (request[argument] !== undefined) refuse(argument, request[argument], expected)
}

/**
 * The timesteps of a request if it lists them.
 * @throws InvalidArgumentError if they do not descend within training, or a configuration that spaces sigmas leaves no choice.
 */
export function readTimesteps(config: Config, request: PlanRequest): readonly number[] | undefined {
  const spacing = respacingOf(config)
  if (spacing) refuseGiven(request, 'timesteps', `none with ${spacing} sigmas`)
  return request.timesteps && checkDescending('timesteps', request.timesteps, config.num_train_timesteps - 1)
}

/** @throws InvalidArgumentError unless numbers descend from `most` at most to 0 at least, and are as many as needed. */
export function checkDescending(
  argument: 'timesteps' | 'sigmas',
  value: readonly number[],
  most: number = Number.POSITIVE_INFINITY,
  fewest = 1,
): readonly number[] {
  const descends = value.every((place, k) => place >= 0 && (k === 0 ? place <= most : place < value[k - 1]!))
  if (descends && value.length >= fewest) return value
  return refuse(argument, value, `${fewest} or more numbers that descend, from ${most} at most to 0 at least`)
}
