import { flowMatching } from '../noise-level.ts'
import { createPrediction } from '../prediction.ts'
import { intervalsAlong } from '../sampling-grid.ts'
import { bendSigmas, shiftSigma, spaceSigmas } from '../sigma-spacing.ts'
import { flowEuler, renoise } from '../solvers/first-order.ts'
import { heun } from '../solvers/second-order.ts'
import { linspace } from '../timestep-spacing.ts'
import type { Family, SchedulerClass } from './create-scheduler.ts'
import type { Config } from './options.ts'
import { respacingOf } from './read-config.ts'
import { type CheckedRequest, dynamicShift } from './request.ts'

/** Euler's method for flow matching (Lipman et al. 2022; Esser et al. 2024), straight or stochastic. */
export const FlowMatchEulerDiscreteScheduler: SchedulerClass = {
  name: 'FlowMatchEulerDiscreteScheduler',
  has: ['flow', 'shifting', 'shift_limits', 'respacing', 'stochastic_sampling'],
  takes: ['timesteps', 'sigmas', 'both'],
  family: flowFamily,
  solve: (run) => (run.config.stochastic_sampling ? renoise(run, undefined, true) : flowEuler(run)),
}

/** Latent consistency sampling for flow matching, without its enlarging between steps. */
export const FlowMatchLCMScheduler: SchedulerClass = {
  name: 'FlowMatchLCMScheduler',
  has: ['flow', 'shifting', 'shift_limits', 'respacing', 'scale_factors', 'upscale_mode'],
  takes: ['timesteps', 'sigmas', 'both'],
  family: flowFamily,
  solve: (run) => renoise(run, undefined, true),
}

/** Heun's method for flow matching, two evaluations a step. */
export const FlowMatchHeunDiscreteScheduler: SchedulerClass = {
  name: 'FlowMatchHeunDiscreteScheduler',
  has: ['num_train_timesteps', 'shift'],
  family: flowFamily,
  solve: (run) => heun(run, () => ({ output: 1 }), run.request.churn),
}

/** What the flow schedulers share: levels on a straight line from noise to picture; given sigmas are shifted, too. */
function flowFamily(config: Config): Family {
  const { num_train_timesteps: trainSteps, use_dynamic_shifting: dynamic, invert_sigmas: inverted } = config
  const spacing = respacingOf(config)

  function sigmasOf(request: CheckedRequest): readonly number[] {
    const { sigmas: given, steps, timesteps } = request
    const shift = dynamic ? dynamicShift(config, request) : config.shift
    // Parity: a fixed shift bends the ends too, before it bends the sigmas between them.
    const [first, last] = [1, 1 / trainSteps].map((end) => (dynamic ? end : shiftSigma(end, shift)))
    const even = timesteps?.map((t) => t / trainSteps) ?? linspace(first!, last!, steps)
    const sigmas = bendSigmas(given ?? even, shift, config.shift_terminal)
    const spaces = spacing && spacing !== 'flow'
    const spaced = spaces ? spaceSigmas(spacing, sigmas[0]!, sigmas.at(-1)!, sigmas.length) : sigmas
    return inverted ? spaced.map((sigma) => 1 - sigma) : spaced
  }

  return {
    prediction: createPrediction('flow_prediction'),
    grid(request) {
      const sigmas = sigmasOf(request)
      const scaled = sigmas.map((sigma) => Math.fround(Math.fround(sigma) * trainSteps))
      const told = (!inverted && request.timesteps) || scaled
      return { intervals: intervalsAlong(flowMatching, told, [...sigmas, inverted ? 1 : 0]) }
    },
  }
}
