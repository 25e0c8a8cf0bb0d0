import { describe, expect, test } from 'vitest'
import { schedulerClasses } from './classes.ts'
import { createScheduler } from './create-scheduler.ts'

/** Classes whose steps follow `timestep_spacing`, which all of them can have trailing. */
const spaced = Object.values(schedulerClasses)
  .map((known) => createScheduler(known))
  .filter(({ config }) => 'timestep_spacing' in config)
  .map(({ name }) => name)

describe.each([...new Set(spaced)].filter((name) => !/^(LCM|TCD)/.test(name)))('trailing steps of %s', (name) => {
  const scheduler = createScheduler(schedulerClasses[name]!, { timestep_spacing: 'trailing' })

  test.each([61, 103, 487])('%i, for which the reference has one timestep more', (steps) => {
    const { stages, warnings } = scheduler.plan({ steps })
    expect(warnings.map((warning) => warning.code)).toEqual(['extra_timestep'])
    expect(warnings[0]!.message).toMatch(`${steps} steps of trailing spacing`)
    const timesteps = new Set(stages.map((stage) => Math.round(stage.timestep)))
    // The reference asks about timestep -1, which no model was trained for.
    expect(Math.min(...timesteps)).toBe(0)
    expect(Math.max(...timesteps)).toBe(999)
  })

  test.each([60, 769, 1000])('%i, for which there is none', (steps) => {
    const { stages, warnings } = scheduler.plan({ steps })
    expect(warnings).toEqual([])
    expect(new Set(stages.map((stage) => stage.timestep)).size).toBeGreaterThanOrEqual(steps)
    for (const { timestep } of stages) expect(timestep).toBeGreaterThanOrEqual(0)
  })
})

test('the extra timestep stands at the lowest level of training, as numpy.interp has it in the reference', () => {
  const { stages } = createScheduler(schedulerClasses.EulerDiscreteScheduler!, { timestep_spacing: 'trailing' }).plan({
    steps: 61,
  })
  expect(stages).toHaveLength(62)
  expect(stages[60]!.timestep).toBe(15)
  expect(stages[61]!.level.sigma).toBeCloseTo(0.0100005, 5)
  expect(stages[61]!.next).toEqual({ samples: { 61: 0 }, denoised: 1 })
})

test.each(['linspace', 'leading'] as const)(
  'a single step of %s spacing asks about nearly no noise, and says so',
  (timestep_spacing) => {
    for (const name of ['EulerDiscreteScheduler', 'DDIMScheduler']) {
      const plan = createScheduler(schedulerClasses[name]!, { timestep_spacing }).plan({ steps: 1 })
      expect(plan.stages[0]!.timestep).toBe(0)
      expect(plan.warnings.map(({ code }) => code)).toEqual(['late_start'])
    }
  },
)
