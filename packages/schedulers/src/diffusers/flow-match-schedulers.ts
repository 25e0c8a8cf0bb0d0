import { InvalidArgumentError } from '@latentkit/core'
import { flowMatching } from '../noise-level.ts'
import { freezePlan, type Stage } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import { type Interval, intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import { shiftSigma, spaceSigmas } from '../sigma-spacing.ts'
import { renoise } from '../solvers/consistency.ts'
import { flowEuler } from '../solvers/flow.ts'
import { heun } from '../solvers/second-order.ts'
import { linspace } from '../timestep-spacing.ts'
import { respacingDefaults } from './defaults.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkSigmas, checkWhole, refuse, skipTo } from './request.ts'
import { type RespacingOptions, respacingOf } from './respacing.ts'

/**
 * Euler's method for flow matching (Lipman et al. 2022; Esser et al. 2024), straight or stochastic.
 * Reads `timesteps`, `sigmas` (before they are shifted) and `mu` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createFlowMatchEulerDiscreteScheduler(
  options: SchedulerConfig = {},
  name = 'FlowMatchEulerDiscreteScheduler',
): Scheduler {
  const { config, warnings } = readConfig(name, options, { ...flowMatchDefaults(), stochastic_sampling: false })
  const solve = config.stochastic_sampling
    ? (intervals: readonly Interval[]) => renoise(intervals, flowPrediction(), { drawsAtEnd: true })
    : (intervals: readonly Interval[]) => flowEuler(intervals, flowPrediction())
  return { name, config, warnings, plan: (request) => flowPlan(name, config, request, solve) }
}

/**
 * Latent consistency sampling for flow matching, without its enlarging between steps.
 * Reads `timesteps`, `sigmas` (before they are shifted) and `mu` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createFlowMatchLCMScheduler(options: SchedulerConfig = {}, name = 'FlowMatchLCMScheduler'): Scheduler {
  const defaults = { ...flowMatchDefaults(), scale_factors: null, upscale_mode: 'bicubic' }
  const { config, warnings } = readConfig(name, options, defaults)
  const solve = (intervals: readonly Interval[]) => renoise(intervals, flowPrediction(), { drawsAtEnd: true })
  return { name, config, warnings, plan: (request) => flowPlan(name, config, request, solve) }
}

/**
 * Heun's method for flow matching, two evaluations a step.
 * @throws ConfigError if an option is wrong.
 */
export function createFlowMatchHeunDiscreteScheduler(
  options: SchedulerConfig = {},
  name = 'FlowMatchHeunDiscreteScheduler',
): Scheduler {
  const { config, warnings } = readConfig(name, options, { num_train_timesteps: 1000, shift: 1 })
  const solve = (intervals: readonly Interval[]) => heun(intervals, flowPrediction(), () => ({ output: 1 }))
  return {
    name,
    config,
    warnings,
    plan(request) {
      refuse(request, name, 'timesteps', 'sigmas', 'churn')
      return flowPlan(name, config, request, solve)
    },
  }
}

type FlowKey =
  | 'num_train_timesteps'
  | 'shift'
  | 'use_dynamic_shifting'
  | 'time_shift_type'
  | 'invert_sigmas'
  | 'shift_terminal'
type UnusedKey = 'base_shift' | 'max_shift' | 'base_image_seq_len' | 'max_image_seq_len'

function flowMatchDefaults(): Pick<SchedulerOptions, FlowKey | UnusedKey | keyof ReturnType<typeof respacingDefaults>> {
  return {
    ...respacingDefaults(),
    num_train_timesteps: 1000,
    shift: 1,
    use_dynamic_shifting: false,
    base_shift: 0.5,
    max_shift: 1.15,
    base_image_seq_len: 256,
    max_image_seq_len: 4096,
    invert_sigmas: false,
    shift_terminal: null,
    time_shift_type: 'exponential',
  }
}

function flowPrediction() {
  return createPrediction('flow_prediction')
}

type FlowOptions = Pick<SchedulerOptions, 'num_train_timesteps' | 'shift'> &
  Partial<RespacingOptions & Pick<SchedulerOptions, FlowKey>>

function flowPlan(
  name: string,
  config: FlowOptions,
  request: PlanRequest,
  solve: (intervals: readonly Interval[]) => Stage[],
) {
  const { num_train_timesteps: trainSteps } = config
  const inverted = config.invert_sigmas === true
  const sigmas = flowSigmas(name, config, request).map((sigma) => (inverted ? 1 - sigma : sigma))
  const told = inverted ? undefined : request.timesteps
  const timesteps = told ?? sigmas.map((sigma) => Math.fround(Math.fround(sigma) * trainSteps))
  const levels = [...sigmas, inverted ? 1 : 0].map((sigma) => flowMatching(Math.fround(sigma)))
  const intervals = skipTo(request, intervalsBetween(timesteps, levels))
  const start = intervals[0]!.from
  return freezePlan({ scheduler: name, start, initialNoiseScale: 1, stages: solve(intervals), warnings: [] })
}

/** Sigmas to visit, without the last. */
function flowSigmas(name: string, config: FlowOptions, request: PlanRequest): readonly number[] {
  const { num_train_timesteps: trainSteps, shift } = config
  let sigmas = request.sigmas ? checkSigmas(request.sigmas) : request.timesteps?.map((t) => t / trainSteps)
  if (sigmas === undefined) {
    const steps = checkWhole('steps', request.steps, 1, trainSteps)
    // Parity: a fixed shift bends the ends too, before it bends the sigmas between them.
    const end = (sigma: number) => (config.use_dynamic_shifting ? sigma : shiftSigma(sigma, shift))
    sigmas = linspace(end(1), end(1 / trainSteps), steps)
  } else checkSigmas(sigmas)
  if (config.use_dynamic_shifting) {
    const { mu } = request
    if (mu === undefined) {
      const expected = `a number, since ${name} shifts by the size of the picture (use_dynamic_shifting)`
      throw new InvalidArgumentError({ argument: 'mu', value: mu, expected })
    }
    // Both are the same bend as a fixed shift, by another name.
    const strength = config.time_shift_type === 'linear' ? mu : Math.exp(mu)
    sigmas = sigmas.map((sigma) => strength / (strength + (1 / sigma - 1)))
  } else sigmas = sigmas.map((sigma) => shiftSigma(sigma, shift))
  if (config.shift_terminal) {
    const scale = (1 - sigmas.at(-1)!) / (1 - config.shift_terminal)
    sigmas = sigmas.map((sigma) => 1 - (1 - sigma) / scale)
  }
  const respacing = respacingOf(name, config)
  return respacing ? spaceSigmas(respacing, sigmas[0]!, sigmas.at(-1)!, sigmas.length) : sigmas
}
