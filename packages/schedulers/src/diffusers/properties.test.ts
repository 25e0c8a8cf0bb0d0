import { LatentkitError } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import type { SamplingPlan } from '../plan.ts'
import { createDice, runOnScalar } from '../scalar-run-fixture.ts'
import type { PlanRequest } from '../scheduler.ts'
import { schedulerClasses } from './classes.ts'
import { createScheduler, type SchedulerClass } from './create-scheduler.ts'
import type { SchedulerConfig } from './options.ts'
import { schedulerFromConfig } from './scheduler-from-config.ts'

/** Values that a random configuration picks from, by option. */
const choices: Readonly<Record<string, readonly unknown[]>> = {
  num_train_timesteps: [1000, 100, 500],
  beta_schedule: ['linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid', 'laplace', 'exp'],
  rescale_betas_zero_snr: [false, false, true],
  prediction_type: ['epsilon', 'v_prediction', 'sample'],
  timestep_spacing: ['leading', 'trailing', 'linspace'],
  steps_offset: [0, 1, 3],
  set_alpha_to_one: [true, false],
  clip_sample: [true, false],
  thresholding: [true, false],
  variance_type: ['fixed_small', 'fixed_large', 'learned', 'learned_range', 'fixed_small_log', null],
  skip_prk_steps: [true, false],
  use_karras_sigmas: [false, false, true],
  use_exponential_sigmas: [false, false, true],
  use_beta_sigmas: [false, false, false, true],
  use_lu_lambdas: [false, false, true],
  final_sigmas_type: ['zero', 'sigma_min'],
  interpolation_type: ['linear', 'log_linear'],
  solver_order: [1, 2, 3],
  algorithm_type: ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++', 'deis', 'data_prediction'],
  solver_type: ['midpoint', 'heun', 'bh1', 'bh2'],
  lower_order_final: [true, false],
  euler_at_final: [true, false],
  use_flow_sigmas: [false, false, true],
  predict_x0: [true, false],
  disable_corrector: [[], [0], [1, 2]],
  predictor_order: [1, 2, 3],
  corrector_order: [1, 2, 3],
  shift: [1, 3],
  invert_sigmas: [true, false],
  stochastic_sampling: [true, false],
  sigma_schedule: ['karras', 'exponential'],
}

/** Options of which any value does much the same, and those that only recordings try. */
const untried = [
  ...['beta_start', 'beta_end', 'trained_betas', 'sigma_min', 'sigma_max', 'sigma_data', 'rho', 's_noise', 'eta'],
  ...['clip_sample_range', 'clip_denoised', 'dynamic_thresholding_ratio', 'sample_max_value', 'lambda_min_clipped'],
  ...['original_inference_steps', 'timestep_scaling', 'timestep_type', 'noise_sampler_seed', 'solver_p', 'tau_func'],
  ...['flow_shift', 'use_dynamic_shifting', 'time_shift_type', 'shift_terminal', 'scale_factors', 'upscale_mode'],
  ...['base_shift', 'max_shift', 'base_image_seq_len', 'max_image_seq_len'],
]

const optionsOf = (known: SchedulerClass) =>
  Object.keys(createScheduler(known).config).filter((key) => !key.startsWith('_'))

test('random configurations try every option but those that are named', () => {
  const options = Object.values(schedulerClasses).flatMap((known) => optionsOf(known))
  expect([...new Set(options)].sort()).toEqual([...Object.keys(choices), ...untried].sort())
})

interface Case {
  readonly config: SchedulerConfig
  readonly request: PlanRequest
  /** The plan, or the error that explains why there is none. */
  readonly plan: SamplingPlan | LatentkitError
}

/** Random configurations of a class, the same in every run. */
function randomCases(name: string, count: number): Case[] {
  const dice = createDice([...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0))
  const pick = <T>(values: readonly T[]): T => values[Math.floor(dice() * values.length)]!
  const options = optionsOf(schedulerClasses[name]!)
  return Array.from({ length: count }, () => {
    const chosen = options.filter((option) => option in choices && dice() < 0.6)
    const config = {
      _class_name: name,
      ...Object.fromEntries(chosen.map((option) => [option, pick(choices[option]!)])),
    }
    const steps = pick([1, 2, 3, 4, 5, 7, 10, 14, 15, 20, 30])
    const request = {
      steps,
      eta: pick([0, 0.5, 1]),
      startAt: dice() < 0.2 ? pick([0, 1, 2]) : 0,
      mu: 0.7,
      originalSteps: 50,
    }
    try {
      return {
        config,
        request,
        plan: schedulerFromConfig(config).plan(name === 'RePaintScheduler' ? { steps } : request),
      }
    } catch (error) {
      if (!LatentkitError.isInstance(error)) throw error
      return { config, request, plan: error }
    }
  })
}

/** Choices that divide by a signal or a noise of zero; diffusers gives NaN for them. */
function isUndefined(name: string, chosen: SchedulerConfig): boolean {
  if (name === 'UniPCMultistepScheduler' && chosen.final_sigmas_type !== 'sigma_min') {
    return chosen.predict_x0 === false || chosen.lower_order_final === false
  }
  const { prediction_type = 'epsilon', rescale_betas_zero_snr, set_alpha_to_one } = chosen
  if (name === 'DDIMInverseScheduler' && prediction_type === 'sample') return set_alpha_to_one !== false
  return rescale_betas_zero_snr === true && prediction_type === 'epsilon'
}

/** Whether a refusal names what is wrong with a choice, and that is wrong with it. */
function isExplained({ config, request, plan }: Case): boolean {
  const name = config._class_name as string
  const message = String((plan as LatentkitError).message).replace(/^\w+Scheduler: /, '')
  const [, key = '', problem = ''] = /^"?(\w+)[^ ]* is (.*)$/.exec(message) ?? []
  const switches = Object.keys(config).filter(
    (option) => /^use_(\w+_sigmas|lu_lambdas)$/.test(option) && config[option],
  )
  const beginsByRungeKutta = name === 'PNDMScheduler' && !config.skip_prk_steps && request.steps! - request.startAt! < 4
  switch (key) {
    case 'stages':
      return isUndefined(name, config)
    case 'startAt':
      return request.startAt! >= Math.min(request.steps!, 50) || beginsByRungeKutta
    case 'steps':
      return beginsByRungeKutta
    case 'final_sigmas_type':
      return `${config.algorithm_type}`.endsWith('dpmsolver')
    case 'algorithm_type':
    case 'prediction_type':
    case 'solver_order':
    case 'timestep_spacing':
      return problem.startsWith(JSON.stringify(config[key])) && !problem.includes(`or ${JSON.stringify(config[key])}`)
    case 'use_flow_sigmas':
      return switches.length > 1 || name === 'DPMSolverMultistepInverseScheduler'
    default:
      return switches.length > 1 && switches.includes(key)
  }
}

/** The range of what the model is told, if it is told timesteps. */
function toldRange(name: string, config: SchedulerConfig): [lowest: number, highest: number] {
  const { num_train_timesteps: trainSteps = 1000, use_flow_sigmas } = config
  if (/^(EDM|Cosine|CM|IPNDM)/.test(name)) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return [0, use_flow_sigmas || name.startsWith('Flow') ? trainSteps : trainSteps - 1]
}

const isPlan = (plan: Case['plan']): plan is SamplingPlan => !LatentkitError.isInstance(plan)

describe('random configurations', () => {
  for (const name of Object.keys(schedulerClasses)) {
    test(`${name}: every plan is finite, printable and stays in training, or an error says why`, () => {
      const cases = randomCases(name, 200)
      for (const one of cases) {
        const { config, request, plan } = one
        if (!isPlan(plan)) {
          expect(isExplained(one), JSON.stringify([plan.message, config, request])).toBe(true)
          continue
        }
        const [lowest, highest] = toldRange(name, config)
        const text = JSON.stringify(plan)
        expect(text, JSON.stringify([config, request])).not.toMatch(/null|NaN/)
        expect(JSON.parse(text)).toEqual(plan)
        const told = plan.stages.map(({ timestep }) => timestep)
        expect(Math.min(...told)).toBeGreaterThanOrEqual(lowest)
        expect(Math.max(...told)).toBeLessThanOrEqual(highest)
      }
      // Many choices must be possible, else this tests nothing.
      expect(cases.filter(({ plan }) => isPlan(plan)).length).toBeGreaterThan(60)
    })

    test.skipIf(name === 'RePaintScheduler').each([61, 103, 1000])(`${name}: %i steps stay in training`, (steps) => {
      const request = { steps, mu: 0.7, originalSteps: 1000 }
      const [lowest, highest] = toldRange(name, {})
      for (const timestep_spacing of ['leading', 'trailing', 'linspace'] as const) {
        if (name === 'DDIMInverseScheduler' && timestep_spacing === 'linspace') continue
        const config = { _class_name: name, timestep_spacing, num_train_timesteps: 1000 }
        const told = schedulerFromConfig(config)
          .plan(request)
          .stages.map(({ timestep }) => timestep)
        expect(Math.min(...told)).toBeGreaterThanOrEqual(lowest)
        expect(Math.max(...told)).toBeLessThanOrEqual(highest)
        expect(told.every(Number.isFinite)).toBe(true)
      }
    })
  }
})

/** Whether the last step of a configuration ends at the clean picture. */
function endsClean({ config, request, plan }: Case): boolean {
  const name = config._class_name as string
  if (!isPlan(plan)) return false
  const completed = schedulerFromConfig(config).config
  if (completed.interpolation_type === 'log_linear' || completed.invert_sigmas) return false
  if (completed.final_sigmas_type === 'sigma_min' || completed.set_alpha_to_one === false) return false
  const last = plan.stages.at(-1)!.timestep
  const trainSteps = completed.num_train_timesteps as number
  const stride = Math.floor(trainSteps / request.steps!)
  switch (true) {
    // LCM and consistency models mix in the sample; TCD, DEIS and SA-Solver end a little above the clean picture; the
    // first level of iPNDM has no signal, which its first step drops. The inverse ones end in noise.
    case /^(LCM|CMStochastic|TCD|DEIS|SASolver|RePaint|IPNDM)|Inverse/.test(name):
      return false
    case /^DDIM/.test(name):
      return last - stride < 0
    // DDPM ends in fresh noise unless it is asked about timestep 0.
    case /^DDPM/.test(name):
      return last === 0
    // PNDM meets the next timestep only where the steps divide training, and averages raw outputs.
    case name === 'PNDMScheduler':
      return (
        completed.timestep_spacing === 'leading' &&
        trainSteps % request.steps! === 0 &&
        completed.prediction_type === 'epsilon'
      )
    default:
      return true
  }
}

describe('a model that knows the picture is led to it', () => {
  for (const name of Object.keys(schedulerClasses)) {
    const cases = randomCases(name, 150).filter(endsClean)
    test.skipIf(cases.length === 0)(`${name}, ${cases.length} random configurations`, () => {
      for (const { config, request, plan } of cases) {
        if (!isPlan(plan)) continue
        const dice = createDice(7)
        const { alpha, sigma } = plan.start
        const landed = runOnScalar(plan, 0.6, alpha * 0.6 + sigma * 1.3, () => dice() * 4 - 2)
        expect(Math.abs(landed - 0.6), JSON.stringify([config, request, landed])).toBeLessThan(1e-6)
      }
    })
  }
})
