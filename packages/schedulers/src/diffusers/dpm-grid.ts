import { flowMatching, lambda, levelFromAlphaBar, variancePreserving } from '../noise-level.ts'
import { createNoiseSchedule } from '../noise-schedule.ts'
import { createPrediction } from '../prediction.ts'
import { intervalsAlong } from '../sampling-grid.ts'
import type { PlanRequest } from '../scheduler.ts'
import { interpolate, shiftSigma, spaceSigmas, stretchToTerminal, timestepOf } from '../sigma-spacing.ts'
import { linspace, roundHalfEven } from '../timestep-spacing.ts'
import type { Grid } from './create-scheduler.ts'
import type { Config } from './options.ts'
import { respacingOf } from './read-config.ts'
import { checkDescending, checkWhole, readTimesteps, refuseGiven } from './request.ts'
import { type TrainedFamily, trainedLevels, visitTimesteps } from './training-grid.ts'

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
  const { climbs = false } = traits
  const logSigmas = trained.map(Math.log)
  const spacing = respacingOf(config)
  const endsClean = config.final_sigmas_type === 'zero'
  /** Training timesteps, from 0, whose λ is not below the limit (for cosine schedules, Lu et al. 2022). */
  const isClear = (value: number) => lambda(levelFromAlphaBar(value)) >= config.lambda_min_clipped
  const last = Math.max(1, alphaBar.findLastIndex(isClear) + 1)
  const count = (request: PlanRequest) => checkWhole('steps', request.steps, 1, trainSteps)

  function grid(request: PlanRequest): Grid {
    if (spacing !== 'flow') refuseGiven(request, 'sigmas', 'none, since only flows can use it (use_flow_sigmas)')
    const lowest = endsClean ? 0 : trained[0]!
    if (!spacing) {
      const drop = climbs ? 'noisiest' : 'cleanest'
      const { timesteps: down, warnings } = visitTimesteps(config, request, { drop, last })
      const timesteps = climbs ? [...down].reverse() : down
      const sigmas = [...timesteps.map((t) => interpolate(t, trained)), climbs ? trained[last - 1]! : lowest]
      return { intervals: intervalsAlong(variancePreserving, timesteps, sigmas), warnings }
    }
    readTimesteps(config, request) // refuses them
    const [max, min] = [config.sigma_max ?? trained.at(-1)!, config.sigma_min ?? trained[0]!]
    const ends = climbs ? ([min, max] as const) : ([max, min] as const)
    const sigmas = spacing === 'flow' ? flowSigmas(request) : spaceSigmas(spacing, ...ends, count(request))
    const final = traits.repeatsLast && !endsClean ? sigmas.at(-1)! : lowest
    const path = spacing === 'flow' ? flowMatching : variancePreserving
    return { intervals: intervalsAlong(path, sigmas.map(timestepAt), [...sigmas, final]) }
  }

  /** The model's timestep of a respaced sigma. */
  function timestepAt(sigma: number): number {
    if (spacing === 'flow') return Math.trunc(sigma * trainSteps)
    const timestep = timestepOf(sigma, logSigmas)
    const truncates = traits.truncatesCosine && config.beta_schedule === 'squaredcos_cap_v2'
    return (spacing === 'karras' || spacing === 'lu') && !truncates ? roundHalfEven(timestep) : Math.trunc(timestep)
  }

  function flowSigmas(request: PlanRequest): number[] {
    const even = () => {
      const alphas = linspace(1, 1 / trainSteps, count(request) + 1)
      return (traits.flowBeginsAtOne ? alphas : alphas.map((alpha) => 1 - alpha).reverse()).slice(0, -1)
    }
    const shift =
      config.use_dynamic_shifting && request.mu !== undefined ? Math.exp(request.mu) : (config.flow_shift ?? 1)
    const chosen = request.sigmas ? checkDescending('sigmas', request.sigmas, 1) : even()
    const shifted = chosen.map((sigma) => shiftSigma(sigma, shift))
    const [first = 1, ...rest] = config.shift_terminal ? stretchToTerminal(shifted, config.shift_terminal) : shifted
    // A flow that begins in pure noise has no logarithm there.
    return [Math.abs(first - 1) < 1e-6 ? first - 1e-6 : first, ...rest]
  }

  return { prediction: createPrediction(config.prediction_type), levelAt: trainedLevels(config, true, schedule), grid }
}
