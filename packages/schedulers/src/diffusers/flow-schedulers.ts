import { flowMatching } from '../noise-level.ts'
import { createPrediction } from '../prediction.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import type { PlanRequest } from '../scheduler.ts'
import { shiftSigma, spaceSigmas } from '../sigma-spacing.ts'
import { renoise } from '../solvers/consistency.ts'
import { flowEuler } from '../solvers/euler.ts'
import { heun } from '../solvers/second-order.ts'
import { linspace } from '../timestep-spacing.ts'
import { defineScheduler, type Method, type SchedulerFactory } from './define-scheduler.ts'
import type { Config } from './options.ts'
import { respacingOf } from './read-config.ts'
import { checkSigmas, checkWhole, requireValue } from './request.ts'

const flow = ['num_train_timesteps', 'shift', 'shifting', 'shift_limits', 'invert_sigmas', 'shift_terminal'] as const

/**
 * Euler's method for flow matching (Lipman et al. 2022; Esser et al. 2024), straight or stochastic.
 * Reads `timesteps`, `sigmas` (before they are shifted) and `mu` of a request.
 */
export const createFlowMatchEulerDiscreteScheduler: SchedulerFactory = (options) =>
  defineScheduler('FlowMatchEulerDiscreteScheduler', options, {
    has: [...flow, 'respacing', 'stochastic_sampling'],
    method: (config) => ({
      ...flowFamily(config),
      solve: (run) => (config.stochastic_sampling ? renoise(run, { drawsAtEnd: true }) : flowEuler(run)),
    }),
  })

/**
 * Latent consistency sampling for flow matching, without its enlarging between steps.
 * Reads `timesteps`, `sigmas` (before they are shifted) and `mu` of a request.
 */
export const createFlowMatchLCMScheduler: SchedulerFactory = (options) =>
  defineScheduler('FlowMatchLCMScheduler', options, {
    has: [...flow, 'respacing', 'scale_factors', 'upscale_mode'],
    method: (config) => ({ ...flowFamily(config), solve: (run) => renoise(run, { drawsAtEnd: true }) }),
  })

/** Heun's method for flow matching, two evaluations a step; without the reference's churn. */
export const createFlowMatchHeunDiscreteScheduler: SchedulerFactory = (options) =>
  defineScheduler('FlowMatchHeunDiscreteScheduler', options, {
    has: ['num_train_timesteps', 'shift'],
    method: (config) => ({
      ...flowFamily(config),
      refuses: ['timesteps', 'sigmas', 'churn'],
      solve: (run) => heun(run, () => ({ output: 1 })),
    }),
  })

/** What the flow schedulers share: levels on a straight line from noise to picture. */
function flowFamily(config: Config): Required<Pick<Method, 'prediction' | 'refuses' | 'grid'>> {
  const { num_train_timesteps: trainSteps, use_dynamic_shifting: dynamic, invert_sigmas: inverted } = config
  const spacing = respacingOf(config)

  function sigmasOf(request: PlanRequest): readonly number[] {
    const given = request.sigmas ?? request.timesteps?.map((t) => t / trainSteps)
    const shift = dynamic ? strengthOf(request) : config.shift
    // Parity: a fixed shift bends the ends too, before it bends the sigmas between them.
    const end = (sigma: number) => (dynamic ? sigma : shiftSigma(sigma, shift))
    const even = () => linspace(end(1), end(1 / trainSteps), checkWhole('steps', request.steps, 1, trainSteps))
    let sigmas = (given ? checkSigmas(given) : even()).map((sigma) => shiftSigma(sigma, shift))
    if (config.shift_terminal) {
      const scale = (1 - sigmas.at(-1)!) / (1 - config.shift_terminal)
      sigmas = sigmas.map((sigma) => 1 - (1 - sigma) / scale)
    }
    if (spacing && spacing !== 'flow') sigmas = spaceSigmas(spacing, sigmas[0]!, sigmas.at(-1)!, sigmas.length)
    return inverted ? sigmas.map((sigma) => 1 - sigma) : sigmas
  }

  /** How much sigmas are shifted for the size of the picture. */
  function strengthOf({ mu }: PlanRequest): number {
    const wanted = requireValue('mu', mu, 'a number, since use_dynamic_shifting shifts by the size of the picture')
    return config.time_shift_type === 'linear' ? wanted : Math.exp(wanted)
  }

  return {
    prediction: createPrediction('flow_prediction'),
    refuses: [],
    grid(request) {
      const sigmas = sigmasOf(request)
      const levels = [...sigmas, inverted ? 1 : 0].map(Math.fround).map(flowMatching)
      const scaled = sigmas.map((sigma) => Math.fround(Math.fround(sigma) * trainSteps))
      return { intervals: intervalsBetween((!inverted && request.timesteps) || scaled, levels) }
    },
  }
}
