import { flowMatching, lambda, levelFromAlphaBar, variancePreserving } from '../noise-level.ts'
import { createNoiseSchedule } from '../noise-schedule.ts'
import { createPrediction } from '../prediction.ts'
import { refuse } from '../refuse.ts'
import { intervalsAlong } from '../sampling-grid.ts'
import { bendSigmas, interpolate, spaceSigmas, timestepOf } from '../sigma-spacing.ts'
import { linspace, roundHalfEven } from '../timestep-spacing.ts'
import type { Config } from './options.ts'
import { respacingOf } from './read-config.ts'
import { type CheckedRequest, checkWhole, dynamicShift } from './request.ts'
import { type TrainedFamily, trainedLevels, type Visit, visitTimesteps } from './training-grid.ts'

/** How classes of the DPM-Solver family differ in their grids, all of them Parity. */
export interface DpmTraits {
  /** `sigma_min` of a respaced grid is its own last sigma again (UniPC, DEIS, SA-Solver), not that of training. */
  readonly repeatsLast?: boolean
  /** DPM-Solver multistep alone truncates timesteps of a cosine schedule that others round. */
  readonly truncatesCosine?: boolean
  /** UniPC's flow begins in pure noise; those of the sister classes 1/T short of it. */
  readonly flowBeginsAtOne?: boolean
  /** From the picture up to noise. */
  readonly climbs?: boolean
}

/** The DPM-Solver family: variance-preserving levels, or those of a flow; the model is told whole timesteps. */
export function dpmFamily(config: Config, traits: DpmTraits = {}): TrainedFamily {
  const schedule = createNoiseSchedule(config, true)
  const { sigmas: trained, alphaBar } = schedule
  const { num_train_timesteps: trainSteps } = config
  const logSigmas = trained.map(Math.log)
  const spacing = respacingOf(config)
  const truncates = traits.truncatesCosine && config.beta_schedule === 'squaredcos_cap_v2'
  const toWhole = (spacing === 'karras' || spacing === 'lu') && !truncates ? roundHalfEven : Math.trunc
  /** Training timesteps, from 0, whose λ is not below the limit (for cosine schedules, Lu et al. 2022). */
  const isClear = (value: number) => lambda(levelFromAlphaBar(value)) >= config.lambda_min_clipped
  const last = Math.max(1, alphaBar.findLastIndex(isClear) + 1)

  /** Where a run goes, but for its end: timesteps, sigmas, and what is odd about them. */
  function visit(request: CheckedRequest): Visit & { readonly sigmas: readonly number[] } {
    if (spacing === 'flow') {
      const sigmas = flowSigmas(request)
      return { sigmas, timesteps: sigmas.map((sigma) => Math.trunc(sigma * trainSteps)), warnings: [] }
    }
    if (request.sigmas) refuse('sigmas', request.sigmas, 'none, since only flows can use it (use_flow_sigmas)')
    if (spacing) {
      const [max, min] = [config.sigma_max ?? trained.at(-1)!, config.sigma_min ?? trained[0]!]
      const [first, last] = traits.climbs ? [min, max] : [max, min]
      const sigmas = spaceSigmas(spacing, first, last, request.steps)
      return { sigmas, timesteps: sigmas.map((sigma) => toWhole(timestepOf(sigma, logSigmas))), warnings: [] }
    }
    for (const timestep of request.timesteps ?? []) checkWhole('timesteps', timestep, 0, trainSteps - 1)
    const { timesteps: down, warnings } = visitTimesteps(config, request, {
      drop: traits.climbs ? 'noisiest' : 'cleanest',
      last,
    })
    const timesteps = traits.climbs ? down.toReversed() : down
    return { sigmas: timesteps.map((t) => interpolate(t, trained)), timesteps, warnings }
  }

  function flowSigmas(request: CheckedRequest): number[] {
    const alphas = linspace(1, 1 / trainSteps, request.steps + 1)
    const even = traits.flowBeginsAtOne ? alphas : alphas.map((alpha) => 1 - alpha).reverse()
    // Parity: UniPC alone needs mu; its sister classes take the fixed shift without.
    const isDynamic = config.use_dynamic_shifting && (request.mu !== undefined || traits.flowBeginsAtOne)
    const shift = isDynamic ? dynamicShift(config, request) : (config.flow_shift ?? 1)
    const [first = 1, ...rest] = bendSigmas(request.sigmas ?? even.slice(0, -1), shift, config.shift_terminal)
    // A flow that begins in pure noise has no logarithm there.
    return [Math.abs(first - 1) < 1e-6 ? first - 1e-6 : first, ...rest]
  }

  return {
    prediction: createPrediction(config.prediction_type),
    levelAt: trainedLevels(config, true, schedule),
    grid(request) {
      const { sigmas, timesteps, warnings } = visit(request)
      const lowest = traits.climbs ? trained[last - 1]! : trained[0]!
      const end = spacing && traits.repeatsLast ? sigmas.at(-1)! : lowest
      const final = config.final_sigmas_type === 'zero' ? 0 : end
      const path = spacing === 'flow' ? flowMatching : variancePreserving
      return { intervals: intervalsAlong(path, timesteps, [...sigmas, final]), warnings }
    },
  }
}
