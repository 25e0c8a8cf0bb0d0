import { InvalidArgumentError } from '@latentkit/core'
import { flowMatching } from '../noise-level.ts'
import type { Stage } from '../plan.ts'
import { createPrediction, type Prediction } from '../prediction.ts'
import { type Interval, intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest, Scheduler } from '../scheduler.ts'
import { shiftSigma, spaceSigmas } from '../sigma-spacing.ts'
import { renoise } from '../solvers/consistency.ts'
import { flowEuler } from '../solvers/flow.ts'
import { heun } from '../solvers/second-order.ts'
import { linspace } from '../timestep-spacing.ts'
import { respacingDefaults } from './defaults.ts'
import { defineScheduler, type Method } from './define-scheduler.ts'
import type { SchedulerConfig, SchedulerOptions } from './options.ts'
import { checkSigmas, checkWhole } from './request.ts'
import { respacingOf } from './respacing.ts'

/**
 * Euler's method for flow matching (Lipman et al. 2022; Esser et al. 2024), straight or stochastic.
 * Reads `timesteps`, `sigmas` (before they are shifted) and `mu` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createFlowMatchEulerDiscreteScheduler(options: SchedulerConfig = {}): Scheduler {
  const name = 'FlowMatchEulerDiscreteScheduler'
  const defaults = { ...flowMatchDefaults(), stochastic_sampling: false }
  return defineScheduler(name, options, { defaults }, (config) =>
    flowMethod(name, config, config.stochastic_sampling ? stochasticFlow : flowEuler),
  )
}

/**
 * Latent consistency sampling for flow matching, without its enlarging between steps.
 * Reads `timesteps`, `sigmas` (before they are shifted) and `mu` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createFlowMatchLCMScheduler(options: SchedulerConfig = {}): Scheduler {
  const name = 'FlowMatchLCMScheduler'
  const defaults = { ...flowMatchDefaults(), scale_factors: null, upscale_mode: 'bicubic' }
  return defineScheduler(name, options, { defaults }, (config) => flowMethod(name, config, stochasticFlow))
}

/**
 * Heun's method for flow matching, two evaluations a step; without the reference's churn.
 * @throws ConfigError if an option is wrong.
 */
export function createFlowMatchHeunDiscreteScheduler(options: SchedulerConfig = {}): Scheduler {
  const name = 'FlowMatchHeunDiscreteScheduler'
  const defaults = { num_train_timesteps: 1000, shift: 1 }
  return defineScheduler(name, options, { defaults }, (config) => ({
    ...flowMethod(name, config, (intervals, prediction) => heun(intervals, prediction, () => ({ output: 1 }))),
    refuses: ['timesteps', 'sigmas', 'churn'],
  }))
}

type FlowKey = 'shift' | 'use_dynamic_shifting' | 'time_shift_type' | 'invert_sigmas' | 'shift_terminal'
type UnusedKey = 'base_shift' | 'max_shift' | 'base_image_seq_len' | 'max_image_seq_len'

function flowMatchDefaults(): ReturnType<typeof respacingDefaults> &
  Pick<SchedulerOptions, FlowKey | UnusedKey | 'num_train_timesteps'> {
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

function stochasticFlow(intervals: readonly Interval[], prediction: Prediction): Stage[] {
  return renoise(intervals, prediction, { drawsAtEnd: true })
}

type FlowOptions = Pick<SchedulerOptions, 'num_train_timesteps' | 'shift'> & Partial<SchedulerOptions>

function flowMethod(
  name: string,
  config: FlowOptions,
  solve: (intervals: readonly Interval[], prediction: Prediction) => Stage[],
): Method {
  return {
    grid(request) {
      const inverted = config.invert_sigmas === true
      const sigmas = flowSigmas(name, config, request).map((sigma) => (inverted ? 1 - sigma : sigma))
      const scaled = sigmas.map((sigma) => Math.fround(Math.fround(sigma) * config.num_train_timesteps))
      const levels = [...sigmas, inverted ? 1 : 0].map((sigma) => flowMatching(Math.fround(sigma)))
      return { intervals: intervalsBetween((!inverted && request.timesteps) || scaled, levels) }
    },
    solve: ({ intervals }) => solve(intervals, createPrediction('flow_prediction')),
  }
}

/** Sigmas to visit, without the last. */
function flowSigmas(name: string, config: FlowOptions, request: PlanRequest): readonly number[] {
  const { num_train_timesteps: trainSteps, shift } = config
  const given = request.sigmas ?? request.timesteps?.map((t) => t / trainSteps)
  let sigmas = given ? checkSigmas(given) : evenSigmas(config, request)
  if (config.use_dynamic_shifting) {
    const { mu } = request
    if (mu === undefined) {
      const expected = `a number, since ${name} shifts by the size of the picture (use_dynamic_shifting)`
      throw new InvalidArgumentError({ argument: 'mu', value: mu, expected })
    }
    // The same bend as that of a fixed shift.
    const strength = config.time_shift_type === 'linear' ? mu : Math.exp(mu)
    sigmas = sigmas.map((sigma) => shiftSigma(sigma, strength))
  } else sigmas = sigmas.map((sigma) => shiftSigma(sigma, shift))
  if (config.shift_terminal) {
    const scale = (1 - sigmas.at(-1)!) / (1 - config.shift_terminal)
    sigmas = sigmas.map((sigma) => 1 - (1 - sigma) / scale)
  }
  const respacing = respacingOf(config)
  return respacing ? spaceSigmas(respacing, sigmas[0]!, sigmas.at(-1)!, sigmas.length) : sigmas
}

/** Parity: a fixed shift bends the ends too, before it bends the sigmas between them. */
function evenSigmas(config: FlowOptions, request: PlanRequest): readonly number[] {
  const { num_train_timesteps: trainSteps, shift } = config
  const end = (sigma: number) => (config.use_dynamic_shifting ? sigma : shiftSigma(sigma, shift))
  return linspace(end(1), end(1 / trainSteps), checkWhole('steps', request.steps, 1, trainSteps))
}
