import type { SchedulerWarning } from '../plan.ts'
import type { PlanRequest } from '../scheduler.ts'
import { type SpacingOptions, spaceTimesteps } from '../timestep-spacing.ts'
import type { SchedulerOptions } from './options.ts'
import { checkWhole } from './request.ts'

type StrideOptions = Pick<SchedulerOptions, 'num_train_timesteps' | 'timestep_spacing' | 'steps_offset'>

/** Timesteps of a run and what is odd about them. */
export interface StridedTimesteps {
  readonly timesteps: readonly number[]
  /** Training timesteps that one step passes over. */
  readonly stride: number
  readonly warnings: readonly SchedulerWarning[]
}

/**
 * Timesteps of a configuration's spacing.
 *
 * Where the reference would ask the model about a timestep it never saw (1000 `leading` steps of 1000 with offset 1),
 * the offset is reduced to fit. Parity: `leading` steps that do not divide training start late; that is kept and told.
 */
export function strideTimesteps(
  config: StrideOptions,
  request: PlanRequest,
  options: SpacingOptions = {},
): StridedTimesteps {
  const { num_train_timesteps: trainSteps, timestep_spacing: spacing, steps_offset: offset } = config
  const steps = checkWhole('steps', request.steps, 1, trainSteps)
  const timesteps = spaceTimesteps(spacing, steps, trainSteps, options)
  const points = options.dropLast ? steps + 1 : steps
  const stride = Math.floor(trainSteps / points)
  if (spacing !== 'leading') return { timesteps, stride, warnings: [] }
  const first = timesteps[0]!
  const fitting = Math.min(offset, trainSteps - 1 - first)
  const warnings: SchedulerWarning[] = []
  if (fitting < offset) {
    const message = `steps_offset is ${fitting} instead of ${offset}: ${steps} steps would begin at timestep ${first + offset} of ${trainSteps}.`
    warnings.push({ code: 'reduced_offset', message })
  }
  if (trainSteps - points * stride >= stride) {
    const message = `${steps} steps of leading spacing begin at timestep ${first + fitting} of ${trainSteps}; "trailing" begins at ${trainSteps - 1}.`
    warnings.push({ code: 'late_start', message })
  }
  return { timesteps: timesteps.map((t) => t + fitting), stride, warnings }
}
