import { assertOptions } from '@latentkit/core'
import { defined, refuse } from '../refuse.ts'
import type { PlanRequest } from '../scheduler.ts'
import type { Config } from './options.ts'
import { respacingOf } from './read-config.ts'

/** What may say where a run goes, instead of `steps`; `both`: a flow, which may be told timesteps beside its sigmas. */
export type Takes = readonly ('timesteps' | 'sigmas' | 'both')[]

/** A request that is checked and complete; `steps` counts the places where it lists them. */
export type CheckedRequest = PlanRequest & {
  readonly [Option in 'steps' | 'eta' | 'order' | 'strength' | 'jumpLength' | 'jumpCount']: number
}

const names: Record<keyof PlanRequest, true> = {
  steps: true,
  timesteps: true,
  sigmas: true,
  startAt: true,
  eta: true,
  useClippedModelOutput: true,
  churn: true,
  order: true,
  mu: true,
  originalSteps: true,
  strength: true,
  jumpLength: true,
  jumpCount: true,
  tau: true,
}

/**
 * Checks a request and completes it by usual values.
 * @throws InvalidArgumentError if it has another name, a number is out of range, or where the run goes is said twice or in a way that the
 * class of this name does not know.
 */
export function readRequest(name: string, takes: Takes, config: Config, request: PlanRequest): CheckedRequest {
  assertOptions(request, names)
  const { timesteps, sigmas, churn = {}, eta = config.eta, strength = 1, order = 4 } = request
  const { jumpLength = 10, jumpCount = 10 } = request
  const refuseGiven = (argument: keyof PlanRequest, expected: string) => {
    if (request[argument] !== undefined) refuse(argument, request[argument], expected)
  }
  for (const argument of ['timesteps', 'sigmas'] as const) {
    if (!takes.includes(argument)) refuseGiven(argument, `none, since ${name} cannot use it`)
  }
  const trainSteps = config.num_train_timesteps
  const isFlow = takes.includes('both')
  const spacing = isFlow ? undefined : respacingOf(config)
  if (spacing) refuseGiven('timesteps', `none with ${spacing} sigmas`)
  const places = timesteps ?? sigmas
  if (places) refuseGiven('steps', `none beside ${timesteps ? 'timesteps' : 'sigmas'}`)
  if (timesteps) {
    if (!isFlow) refuseGiven('sigmas', 'none beside timesteps')
    if (sigmas?.length !== timesteps.length) refuseGiven('sigmas', `as many as timesteps, ${timesteps.length}`)
    checkDescending('timesteps', timesteps, isFlow ? trainSteps : trainSteps - 1)
  }
  if (sigmas) checkDescending('sigmas', sigmas, isFlow || spacing === 'flow' ? 1 : Number.POSITIVE_INFINITY)
  for (const [key, value] of Object.entries(defined(churn))) {
    if (typeof value !== 'number' || !(value >= 0)) refuse(`churn.${key}`, value, 'a number from 0')
  }
  const { mu = 0, originalSteps = 1 } = request
  if (!Number.isFinite(mu)) refuse('mu', mu, 'a finite number')
  checkWhole('originalSteps', originalSteps, 1, Number.MAX_SAFE_INTEGER)
  return {
    ...request,
    steps: places ? places.length : checkWhole('steps', request.steps, 1, trainSteps),
    eta: checkShare('eta', eta),
    order: checkWhole('order', order, 1, 4),
    strength: checkShare('strength', strength),
    jumpLength: checkWhole('jumpLength', jumpLength, 1, Number.MAX_SAFE_INTEGER),
    jumpCount: checkWhole('jumpCount', jumpCount, 1, Number.MAX_SAFE_INTEGER),
  }
}

/** @throws InvalidArgumentError unless `value` is a whole number in the range. */
export function checkWhole(argument: string, value: unknown, minimum: number, maximum: number): number {
  if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return value as number
  return refuse(argument, value, `a whole number from ${minimum} to ${maximum}`)
}

/** @throws InvalidArgumentError unless `value` is a number from 0 to 1. */
export function checkShare(argument: string, value: number): number {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : refuse(argument, value, 'a number from 0 to 1')
}

/**
 * The shift of a flow that depends on the size of the picture, which a request's `mu` tells.
 * @throws InvalidArgumentError unless `mu` is given, and is above 0 where it is the shift itself.
 */
export function dynamicShift(config: Config, { mu }: CheckedRequest): number {
  if (mu === undefined) refuse('mu', mu, 'a number, since use_dynamic_shifting shifts by the size of the picture')
  if (config.time_shift_type === 'exponential') return Math.exp(mu)
  return mu > 0 ? mu : refuse('mu', mu, 'a number above 0, as time_shift_type is linear')
}

/** @throws InvalidArgumentError unless there are numbers, and they descend from `most` at most to 0 at least. */
function checkDescending(argument: string, value: readonly number[], most: number): void {
  const isBelow = (place: number, k: number) => place >= 0 && (k === 0 ? place <= most : place < value[k - 1]!)
  if (Array.isArray(value) && value.length > 0 && value.every(isBelow)) return
  const from = most < Number.POSITIVE_INFINITY ? `, from ${most} at most` : ''
  refuse(argument, value, `a list of one or more numbers that descend${from} to 0 at least`)
}
