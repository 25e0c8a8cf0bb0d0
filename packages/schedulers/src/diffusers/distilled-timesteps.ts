import { InvalidArgumentError } from '@latentkit/core'
import type { PlanRequest } from '../scheduler.ts'
import { clipDefaults, spacingDefaults, thresholdDefaults, trainingDefaults } from './defaults.ts'
import type { SchedulerOptions } from './options.ts'
import { checkRange, checkWhole, readTimesteps } from './request.ts'

type DistilledOptions = Pick<SchedulerOptions, 'num_train_timesteps' | 'original_inference_steps'>

type DistilledRest = ReturnType<typeof clipDefaults> &
  ReturnType<typeof spacingDefaults> &
  Pick<
    SchedulerOptions,
    'original_inference_steps' | 'set_alpha_to_one' | 'timestep_scaling' | 'rescale_betas_zero_snr'
  >
type Defaults = ReturnType<typeof trainingDefaults> & ReturnType<typeof thresholdDefaults> & DistilledRest

/** Options of LCM and TCD. */
export function distilledDefaults(): Defaults {
  return {
    ...trainingDefaults(0.00085, 0.012),
    ...spacingDefaults('leading'),
    ...clipDefaults(false),
    ...thresholdDefaults(),
    beta_schedule: 'scaled_linear',
    original_inference_steps: 50,
    set_alpha_to_one: true,
    timestep_scaling: 10,
    rescale_betas_zero_snr: false,
  }
}

/**
 * Timesteps of LCM and TCD: an even choice from the schedule that was distilled, which has `originalSteps` timesteps;
 * `strength` keeps its cleaner part.
 * @throws InvalidArgumentError if more steps are asked for than were distilled.
 */
export function distilledTimesteps(config: DistilledOptions, request: PlanRequest): readonly number[] {
  const trainSteps = config.num_train_timesteps
  const strength = checkRange('strength', request.strength ?? 1, 0, 1)
  const given = readTimesteps(request, trainSteps)
  const distillation = given?.length ?? request.originalSteps ?? config.original_inference_steps
  const originalSteps = checkWhole('originalSteps', distillation, 1, trainSteps)
  const kept = Math.floor(originalSteps * strength)
  if (kept === 0) {
    throw new InvalidArgumentError({ argument: 'strength', value: strength, expected: `at least ${1 / originalSteps}` })
  }
  if (given) return given.slice(-kept)
  const stride = Math.floor(trainSteps / originalSteps)
  const distilled = Array.from({ length: kept }, (_, i) => (kept - i) * stride - 1)
  const steps = checkWhole('steps', request.steps, 1, kept)
  return Array.from({ length: steps }, (_, i) => distilled[Math.floor((i * kept) / steps)]!)
}
