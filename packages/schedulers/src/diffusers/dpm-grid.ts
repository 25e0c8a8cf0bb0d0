import {
  flowMatching,
  lambda,
  levelFromAlphaBar,
  type NoiseLevel,
  type NoisePath,
  variancePreserving,
} from '../noise-level.ts'
import type { NoiseSchedule } from '../noise-schedule.ts'
import type { SchedulerWarning } from '../plan.ts'
import type { PlanRequest } from '../scheduler.ts'
import { interpolate, shiftSigma, spaceSigmas, timestepOf } from '../sigma-spacing.ts'
import { linspace, roundHalfEven } from '../timestep-spacing.ts'
import type { SchedulerOptions } from './options.ts'
import { checkSigmas, checkWhole, readTimesteps } from './request.ts'
import { respacingOf } from './respacing.ts'
import { strideTimesteps } from './strided-timesteps.ts'

type GridOptions = Pick<
  SchedulerOptions,
  'num_train_timesteps' | 'timestep_spacing' | 'steps_offset' | 'beta_schedule'
> &
  Partial<SchedulerOptions>

/** How classes of the DPM-Solver family differ in their grids. */
export interface DpmGridTraits {
  /** Where the last step ends. */
  readonly final: 'zero' | 'sigma_min'
  /** Parity: `sigma_min` of a respaced grid is its own last sigma again (UniPC, DEIS, SA-Solver), not that of training. */
  readonly repeatsLast?: boolean
  /** Parity: DPM-Solver multistep alone truncates timesteps of a cosine schedule that others round. */
  readonly truncatesCosine?: boolean
  /** Parity: UniPC's flow begins in pure noise; those of the sister classes 1/T short of it. */
  readonly flowBeginsAtOne?: boolean
}

/** Noise levels of the DPM-Solver family, one more than there are timesteps; the model is told whole timesteps. */
export interface DpmGrid {
  readonly timesteps: readonly number[]
  readonly levels: readonly NoiseLevel[]
  readonly warnings: readonly SchedulerWarning[]
}

/** Grid of the DPM-Solver family: variance-preserving levels, or those of a flow. */
export function dpmGrid(
  config: GridOptions,
  schedule: NoiseSchedule,
  request: PlanRequest,
  traits: DpmGridTraits,
): DpmGrid {
  const trainSteps = config.num_train_timesteps
  const spacing = respacingOf(config)
  const given = readTimesteps(request, trainSteps, config.use_flow_sigmas ? 'flow' : spacing)
  const lowest = traits.final === 'zero' ? 0 : schedule.sigmas[0]!
  if (given) return { timesteps: given, levels: levelsAt(given, schedule, lowest), warnings: [] }
  if (!spacing && !config.use_flow_sigmas) {
    const last = unclippedTimesteps(schedule, config.lambda_min_clipped)
    const { timesteps, warnings } = strideTimesteps(config, request, { dropLast: true, last })
    return { timesteps, levels: levelsAt(timesteps, schedule, lowest), warnings }
  }

  const steps = checkWhole('steps', request.steps ?? request.sigmas?.length, 1, trainSteps)
  const join = (sigmas: readonly number[], path: NoisePath) => {
    const last = traits.final === 'sigma_min' && traits.repeatsLast ? sigmas.at(-1)! : lowest
    return [...sigmas, last].map((sigma) => path(Math.fround(sigma)))
  }
  if (spacing) {
    const sigmas = spaceSigmas(spacing, schedule.sigmas.at(-1)!, schedule.sigmas[0]!, steps)
    const logSigmas = schedule.sigmas.map(Math.log)
    const cosine = traits.truncatesCosine && config.beta_schedule === 'squaredcos_cap_v2'
    const whole = (spacing === 'karras' || spacing === 'lu') && !cosine ? roundHalfEven : Math.trunc
    const timesteps = sigmas.map((sigma) => whole(timestepOf(sigma, logSigmas)))
    return { timesteps, levels: join(sigmas, variancePreserving), warnings: [] }
  }
  const shift = config.use_dynamic_shifting && request.mu !== undefined ? Math.exp(request.mu) : config.flow_shift!
  const sigmas = evenFlow(steps, trainSteps, request, traits).map((sigma) => shiftSigma(sigma, shift))
  // A flow that begins in pure noise has no logarithm there.
  if (Math.abs(sigmas[0]! - 1) < 1e-6) sigmas[0]! -= 1e-6
  const timesteps = sigmas.map((sigma) => Math.trunc(sigma * trainSteps))
  return { timesteps, levels: join(sigmas, flowMatching), warnings: [] }
}

/** Sigmas of a flow before they are shifted. */
function evenFlow(
  steps: number,
  trainSteps: number,
  { sigmas }: PlanRequest,
  traits: DpmGridTraits,
): readonly number[] {
  if (sigmas) return checkSigmas(sigmas)
  const even = linspace(1, 1 / trainSteps, steps + 1)
  if (traits.flowBeginsAtOne) return even.slice(0, -1)
  return even
    .map((alpha) => 1 - alpha)
    .reverse()
    .slice(0, -1)
}

function levelsAt(timesteps: readonly number[], { sigmas }: NoiseSchedule, final: number): NoiseLevel[] {
  return [...timesteps.map((t) => interpolate(t, sigmas)), final].map((sigma) => variancePreserving(Math.fround(sigma)))
}

/** Number of training timesteps, from 0, whose λ is not below the limit (for cosine schedules, Lu et al. 2022). */
function unclippedTimesteps({ alphaBar }: NoiseSchedule, limit = Number.NEGATIVE_INFINITY): number {
  let count = alphaBar.length
  while (count > 1 && lambda(levelFromAlphaBar(alphaBar[count - 1]!)) < limit) count -= 1
  return count
}
