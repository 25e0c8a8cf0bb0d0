import { InvalidArgumentError } from '@latentkit/core'
import type { PlanRequest } from '../scheduler.ts'

/** @throws InvalidArgumentError unless `value` is a whole number in the range. */
export function checkWhole(argument: string, value: unknown, minimum: number, maximum: number): number {
  if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return value as number
  throw new InvalidArgumentError({ argument, value, expected: `a whole number from ${minimum} to ${maximum}` })
}

/** @throws InvalidArgumentError unless `value` is a number in the range. */
export function checkRange(argument: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value === 'number' && value >= minimum && value <= maximum) return value
  throw new InvalidArgumentError({ argument, value, expected: `a number from ${minimum} to ${maximum}` })
}

/** The share of fresh noise a request asks for. */
export function readEta(request: PlanRequest, fallback = 0): number {
  return checkRange('eta', request.eta ?? fallback, 0, 1)
}

/** Leaves out the steps before `startAt`. */
export function skipTo<T>(request: PlanRequest, steps: readonly T[]): readonly T[] {
  const startAt = request.startAt ?? 0
  if (startAt === 0) return steps
  return steps.slice(checkWhole('startAt', startAt, 0, steps.length - 1))
}

/**
 * The timesteps of a request if it lists them, checked to descend within training.
 * @param spacing how the scheduler spaces sigmas by itself, if it does, so that timesteps cannot be chosen.
 * @throws InvalidArgumentError if they do not descend or cannot be chosen.
 */
export function readTimesteps(
  request: PlanRequest,
  trainSteps: number,
  spacing?: string,
): readonly number[] | undefined {
  const { timesteps } = request
  if (timesteps === undefined) return undefined
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
