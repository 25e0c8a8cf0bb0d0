import { describe, expect, test } from 'vitest'
import type { SamplingPlan } from '../plan.ts'
import type { PlanRequest } from '../scheduler.ts'
import type { SchedulerConfig } from './options.ts'
import { schedulerFromConfig } from './scheduler-from-config.ts'

// Cases in which a random comparison with diffusers' arithmetic found something; each is about options that meet.

const stableDiffusion = { beta_schedule: 'scaled_linear', beta_start: 0.00085, beta_end: 0.012 } as const

function planOf(_class_name: string, config: SchedulerConfig, request: PlanRequest): SamplingPlan {
  return schedulerFromConfig({ _class_name, ...stableDiffusion, ...config }).plan(request)
}

const sigmas = (plan: SamplingPlan, digits = 3) =>
  plan.stages.map(({ level }) => Number((level.sigma / level.alpha).toPrecision(digits)))

describe('Euler’s log_linear', () => {
  test('has an extra level only where nothing else says the sigmas: churn is spread over that many', () => {
    const amounts = (interpolation_type: 'linear' | 'log_linear') =>
      planOf(
        'EulerDiscreteScheduler',
        { interpolation_type, use_karras_sigmas: true },
        { steps: 10, churn: { amount: 4 } },
      ).stages.map(({ next }) => next.noise)
    for (const [k, amount] of amounts('log_linear').entries()) expect(amount).toBeCloseTo(amounts('linear')[k]!, 4)
  })

  test('told sigmas, the model is asked at the extra level, too, and the run ends clean', () => {
    const config = {
      interpolation_type: 'log_linear',
      timestep_type: 'continuous',
      prediction_type: 'v_prediction',
    } as const
    const { stages } = planOf('EulerDiscreteScheduler', config, { steps: 4 })
    expect(stages).toHaveLength(5)
    expect(stages.at(-1)!.next.samples).toEqual({ 4: 0 })
    expect(stages.at(-1)!.timestep).toBeCloseTo(Math.log(0.0292) / 4, 2)
  })
})

test.each([
  [{ beta_start: 0.0015, beta_end: 0.0155 }],
  [{ beta_schedule: 'linear', beta_start: 0.0001, beta_end: 0.02 } as const],
  [{ beta_schedule: 'squaredcos_cap_v2' } as const],
  [{ beta_start: 0.0015, beta_end: 0.0155, rescale_betas_zero_snr: true }],
  [{ beta_schedule: 'linear', rescale_betas_zero_snr: true } as const],
])('the top of the training schedule is told as its last timestep: %o', (betas) => {
  for (const spacing of ['use_karras_sigmas', 'use_exponential_sigmas', 'use_beta_sigmas']) {
    const config = { ...betas, [spacing]: true, prediction_type: 'v_prediction' } as const
    for (const name of ['DPMSolverMultistepScheduler', 'EulerDiscreteScheduler']) {
      const { stages } = planOf(name, { ...config, timestep_spacing: 'trailing' }, { steps: 10 })
      expect(stages[0]!.timestep, `${name} ${spacing}`).toBe(999)
    }
  }
})

test('UniPC on noise estimates takes them as they are beside thresholding', () => {
  const config = { predict_x0: false, final_sigmas_type: 'sigma_min' } as const
  const filtered = planOf('UniPCMultistepScheduler', { ...config, thresholding: true }, { steps: 6 })
  expect(filtered.stages).toEqual(planOf('UniPCMultistepScheduler', config, { steps: 6 }).stages)
})

test('the ends of sigma in a sister’s file bound a respacing', () => {
  const file = { sigma_min: 0.002, sigma_max: 700, use_karras_sigmas: true }
  for (const name of ['HeunDiscreteScheduler', 'KDPM2DiscreteScheduler', 'KDPM2AncestralDiscreteScheduler']) {
    const plan = planOf(name, file, { steps: 4 })
    const steps = plan.stages.filter((_, k) => k % 2 === 0)
    expect(sigmas({ ...plan, stages: steps })).toEqual([700, 70.5, 2.27, 0.002])
  }
  for (const name of [
    'DPMSolverMultistepScheduler',
    'DPMSolverSinglestepScheduler',
    'DEISMultistepScheduler',
    'SASolverScheduler',
  ])
    expect(sigmas(planOf(name, file, { steps: 4 }))).toEqual([700, 70.5, 2.27, 0.002])
  expect(schedulerFromConfig({ _class_name: 'LMSDiscreteScheduler', ...file }).warnings).toHaveLength(2)
  // Where nothing is respaced nothing reads them, and they are not checked.
  const even = { sigma_min: 0, sigma_max: 80, ...stableDiffusion }
  expect(schedulerFromConfig({ _class_name: 'HeunDiscreteScheduler', ...even }).warnings).toHaveLength(2)
})

const unipcFlow = { use_flow_sigmas: true, prediction_type: 'flow_prediction' } as const
describe.each([
  ['UniPCMultistepScheduler', unipcFlow, [1, 0.857, 0.667, 0.401]],
  ['FlowMatchEulerDiscreteScheduler', {}, [1, 0.8, 0.501, 0.002]],
] as const)('%s: a flow with dynamic shifting', (name, options, expected) => {
  const shifted = (time_shift_type: 'linear' | 'exponential', mu?: number) =>
    planOf(name, { ...options, use_dynamic_shifting: true, time_shift_type }, { steps: 4, mu }).stages.map(
      ({ level }) => level.sigma,
    )

  test('needs the shift', () => expect(() => shifted('exponential')).toThrow(/^mu is undefined; expected a number/))

  test('that is above 0 if it is taken as it is', () => {
    expect(() => shifted('linear', 0)).toThrow('mu is 0; expected a number above 0')
    expect(() => shifted('linear', -0.5)).toThrow('mu is -0.5; expected a number above 0')
  })

  test('takes it as it is, or its exponential', () => {
    for (const [k, sigma] of shifted('linear', 2).entries()) expect(sigma).toBeCloseTo(expected[k]!, 3)
    for (const [k, sigma] of shifted('exponential', Math.log(2)).entries()) expect(sigma).toBeCloseTo(expected[k]!, 3)
  })
})

test('a single step of EDM’s DPM-Solver goes to the lowest sigma, where the run ends', () => {
  for (const name of ['EDMDPMSolverMultistepScheduler', 'CosineDPMSolverMultistepScheduler']) {
    const config = { _class_name: name, final_sigmas_type: 'sigma_min', sigma_min: 0.5, sigma_max: 50 } as const
    const { level, next } = schedulerFromConfig(config).plan({ steps: 1 }).stages[0]!
    expect(level.sigma).toBeCloseTo(50, 5)
    // What is left of the sample at most: the stochastic form leaves the square of it.
    expect(next.samples![0]).toBeLessThanOrEqual(0.5 / 50 + 1e-9)
  }
})

test('EDM’s DPM-Solver does not go back to noise from a given sigma below its lowest', () => {
  const config = { _class_name: 'EDMDPMSolverMultistepScheduler', final_sigmas_type: 'sigma_min' } as const
  const { next } = schedulerFromConfig(config).plan({ sigmas: [10, 5, 0.001] }).stages[2]!
  expect(next.samples![2]).toBeLessThanOrEqual(1)
})

test('readings of a model that do not belong to the levels are refused', () => {
  const refused = (config: SchedulerConfig) => expect(() => planOf('DPMSolverMultistepScheduler', config, { steps: 4 }))
  refused({ prediction_type: 'flow_prediction' }).toThrow(/"prediction_type" is "flow_prediction"; expected another/)
  refused({ prediction_type: 'v_prediction', use_flow_sigmas: true }).toThrow(/is "v_prediction"; expected "flow_pre/)
})

test('timesteps between those trained are refused by the DPM-Solver family, whose models are told whole ones', () => {
  expect(() => planOf('DPMSolverMultistepScheduler', {}, { timesteps: [900, 500.5] })).toThrow(
    'timesteps is 500.5; expected a whole number from 0 to 999.',
  )
})
