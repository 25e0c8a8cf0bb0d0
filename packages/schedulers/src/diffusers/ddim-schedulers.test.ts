import { ConfigError, InvalidArgumentError } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import { createScheduler } from './create-scheduler.ts'
import { DDIMScheduler } from './ddim-schedulers.ts'

/** The configuration of CompVis/ldm-super-resolution-4x-openimages. */
const superResolution = {
  beta_start: 0.0015,
  beta_end: 0.0155,
  beta_schedule: 'scaled_linear',
  clip_sample: false,
  set_alpha_to_one: true,
  steps_offset: 1,
  trained_betas: null,
} as const

describe('requests out of range', () => {
  const scheduler = createScheduler(DDIMScheduler, superResolution)
  test.each([0, -1, 2.5, 1001, Number.NaN, undefined])('steps %s', (steps) => {
    expect(() => scheduler.plan({ steps: steps as number })).toThrow(InvalidArgumentError)
  })
  test('say what was expected', () => {
    expect(() => scheduler.plan({ steps: 0 })).toThrow('steps is 0; expected a whole number from 1 to 1000.')
    expect(() => scheduler.plan({ steps: 5, eta: 1.5 })).toThrow('eta is 1.5; expected a number from 0 to 1.')
    expect(() => scheduler.plan({ steps: 5, startAt: 5 })).toThrow('startAt is 5; expected a whole number from 0 to 4.')
    expect(() => scheduler.plan({ timesteps: [5, 1] })).toThrow('cannot use it')
  })
})

test('every number of steps stays inside training', () => {
  const scheduler = createScheduler(DDIMScheduler, superResolution)
  for (const steps of [1, 2, 3, 7, 20, 50, 99, 100, 250, 333, 499, 500, 501, 600, 998, 999, 1000]) {
    const timesteps = scheduler.plan({ steps }).stages.map((stage) => stage.timestep)
    expect(Math.max(...timesteps)).toBeLessThan(1000)
    expect(Math.min(...timesteps)).toBeGreaterThanOrEqual(0)
  }
})

test('1000 steps with offset 1, which the reference cannot run, begin at 999 and say so', () => {
  const plan = createScheduler(DDIMScheduler, superResolution).plan({ steps: 1000 })
  expect([plan.stages[0]!.timestep, plan.stages.at(-1)!.timestep]).toEqual([999, 0])
  expect(plan.warnings.map((warning) => warning.code)).toEqual(['reduced_offset'])
})

test('steps that begin late are kept for parity and told', () => {
  const plan = createScheduler(DDIMScheduler, superResolution).plan({ steps: 600 })
  expect(plan.stages[0]!.timestep).toBe(600)
  expect(plan.warnings.map((warning) => warning.code)).toEqual(['late_start'])
  expect(createScheduler(DDIMScheduler, superResolution).plan({ steps: 100 }).warnings).toEqual([])
})

test('a plan is frozen and survives JSON', () => {
  const plan = createScheduler(DDIMScheduler).plan({ steps: 4, eta: 0.5 })
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  expect(Object.isFrozen(plan.stages[0]!.next.samples)).toBe(true)
})

test('noise is drawn only if eta is above 0', () => {
  expect(
    createScheduler(DDIMScheduler)
      .plan({ steps: 4 })
      .stages.every((stage) => stage.next.noise === undefined),
  ).toBe(true)
  expect(
    createScheduler(DDIMScheduler)
      .plan({ steps: 4, eta: 1 })
      .stages.every((stage) => stage.next.noise !== undefined),
  ).toBe(true)
})

test('wrong options are refused, unknown ones are reported', () => {
  expect(() => createScheduler(DDIMScheduler, { beta_schedule: 'cubic' as never })).toThrow(ConfigError)
  expect(() => createScheduler(DDIMScheduler, { prediction_type: 'velocity' as never })).toThrow(
    'DDIMScheduler: "prediction_type" is "velocity"; expected "epsilon" or "sample" or "v_prediction".',
  )
  expect(() => createScheduler(DDIMScheduler, { trained_betas: [0.1, 0.2] })).toThrow('"trained_betas"')
  expect(createScheduler(DDIMScheduler, { skip_prk_steps: true }).warnings.map((warning) => warning.code)).toEqual([
    'unknown_config_key',
  ])
})

test('noise prediction from pure noise is a division by zero and says so', () => {
  const zero = { rescale_betas_zero_snr: true, timestep_spacing: 'trailing' } as const
  expect(() => createScheduler(DDIMScheduler, zero).plan({ steps: 4 })).toThrow(ConfigError)
  expect(
    createScheduler(DDIMScheduler, { ...zero, prediction_type: 'v_prediction' }).plan({ steps: 4 }).start.alpha,
  ).toBe(0)
})
