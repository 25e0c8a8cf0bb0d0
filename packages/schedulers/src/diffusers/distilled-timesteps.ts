import { InvalidArgumentError } from '@latentkit/core'
import type { PlanRequest } from '../scheduler.ts'
import type { SchedulerOptions } from './options.ts'
import { checkRange, checkWhole, readTimesteps, skipTo } from './request.ts'

type DistilledOptions = Pick<SchedulerOptions, 'num_train_timesteps' | 'original_inference_steps'>

/**
 * Timesteps of LCM and TCD: an even choice from the schedule that was distilled, which has `originalSteps` timesteps;
 * `strength` keeps its cleaner part.
 * @throws InvalidArgumentError if more steps are asked for than were distilled.
 */
export function distilledTimesteps(config: DistilledOptions, request: PlanRequest): readonly number[] {
  const trainSteps = config.num_train_timesteps
  const strength = checkRange('strength', request.strength ?? 1, 0, 1)
  const given = readTimesteps(request, trainSteps)
  if (given) return skipTo(request, given.slice(given.length - Math.floor(given.length * strength)))
  const originalSteps = checkWhole(
    'originalSteps',
    request.originalSteps ?? config.original_inference_steps,
    1,
    trainSteps,
  )
  const stride = Math.floor(trainSteps / originalSteps)
  const kept = Math.floor(originalSteps * strength)
  if (kept === 0) {
    throw new InvalidArgumentError({ argument: 'strength', value: strength, expected: `at least ${1 / originalSteps}` })
  }
  const distilled = Array.from({ length: kept }, (_, i) => (kept - i) * stride - 1)
  const steps = checkWhole('steps', request.steps, 1, kept)
  return skipTo(
    request,
    Array.from({ length: steps }, (_, i) => distilled[Math.floor((i * kept) / steps)]!),
  )
}
