import { ConfigError, InvalidArgumentError } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import type { Stage } from '../plan.ts'
import { intervalsBetween, type Run, stepThrough } from '../sampling-grid.ts'
import type { PlanRequest } from '../scheduler.ts'
import { transfer } from '../transfer.ts'
import { schedulerClasses } from './classes.ts'
import { createScheduler, type SchedulerClass } from './create-scheduler.ts'
import { DDIMScheduler, DDPMScheduler } from './ddim-schedulers.ts'
import { SASolverScheduler, UniPCMultistepScheduler } from './dpm-solver-schedulers.ts'
import { FlowMatchEulerDiscreteScheduler } from './flow-schedulers.ts'
import { EulerDiscreteScheduler } from './k-diffusion-schedulers.ts'
import { PNDMScheduler } from './pndm-schedulers.ts'
import { trainedFamily, visitTimesteps } from './training-grid.ts'

/** The worked example of contributing/adding-a-scheduler.md. */
function euler(run: Run): Stage[] {
  return stepThrough(run, ({ from, to }, k) => ({ next: transfer(k, from, to) }))
}

const MyScheduler: SchedulerClass = {
  name: 'MyScheduler',
  has: ['training', 'spacing'],
  usual: { timestep_spacing: 'leading' },
  family: (config) =>
    trainedFamily(config, true, (request, levelAt) => {
      const { timesteps, warnings } = visitTimesteps(config, request)
      return { intervals: intervalsBetween(timesteps, [...timesteps, -1].map(levelAt)), warnings }
    }),
  solve: (run) => euler(run),
}

test('the worked example is DDIM, written another way', () => {
  const [mine, ddim] = [createScheduler(MyScheduler), createScheduler(DDIMScheduler, { clip_sample: false })].map((s) =>
    s.plan({ steps: 10 }),
  )
  expect(mine!.stages.map((stage) => stage.timestep)).toEqual(ddim!.stages.map((stage) => stage.timestep))
  for (const [k, { next, denoised }] of ddim!.stages.entries()) {
    const own = mine!.stages[k]!
    // Both next samples, as weights of the sample and the model's output.
    const ofSample = own.next.samples![k]! + own.next.denoised! * own.denoised[0]
    expect(ofSample).toBeCloseTo(next.samples![k]! + next.denoised! * denoised[0], 10)
    expect(own.next.denoised! * own.denoised[1]).toBeCloseTo(next.output! + next.denoised! * denoised[1], 10)
  }
})

test('what all classes share: checks, startAt, refusals', () => {
  expect(() => createScheduler(MyScheduler, { beta_end: -1 })).toThrow(ConfigError)
  expect(createScheduler(MyScheduler).plan({ steps: 10, startAt: 4 }).stages).toHaveLength(6)
  expect(() => createScheduler(MyScheduler).plan({ timesteps: [3, 2] })).toThrow(
    'timesteps is [3,2]; expected none, since MyScheduler cannot use it.',
  )
  expect(() => createScheduler(MyScheduler).plan({ steps: 3, startAt: 3 })).toThrow(InvalidArgumentError)
})

test('requests that make no sense are told so, not followed', () => {
  const plan = (request: object) => () => createScheduler(EulerDiscreteScheduler).plan({ steps: 4, ...request })
  expect(plan({ startAt: Number.NaN })).toThrow('startAt is NaN; expected a whole number from 0 to 3.')
  expect(plan({ churn: { amount: -1 } })).toThrow('churn.amount is -1; expected a number from 0.')
  expect(plan({ churn: { noise: Number.NaN } })).toThrow(InvalidArgumentError)
  const levelAt = createScheduler(EulerDiscreteScheduler).levelAt!
  expect(levelAt(999).sigma).toBeGreaterThan(100)
  for (const timestep of [-1, 1000, Number.NaN]) expect(() => levelAt(timestep)).toThrow(InvalidArgumentError)
  const tau = () => 1.5
  expect(() => createScheduler(SASolverScheduler).plan({ steps: 4, tau })).toThrow('tau is 1.5; expected')
  const places = (timesteps: unknown) => plan({ steps: undefined, timesteps })
  expect(places('all')).toThrow('timesteps is "all"; expected a list of one or more numbers that descend, from 999')
  expect(plan({ steps: undefined, sigmas: [1, 2] })).toThrow(/numbers that descend to 0 at least\.$/)
  const late = () => createScheduler(PNDMScheduler).plan({ steps: 10, startAt: 8 })
  expect(late).toThrow('startAt is 8; expected a whole number from 0 to 6.')
})

describe('a run is said once', () => {
  const plan = (known: SchedulerClass, request: PlanRequest) => () => createScheduler(known).plan(request)
  const [euler, flow] = [EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler]

  test('by steps, timesteps or sigmas, not by two of them', () => {
    expect(plan(euler, { timesteps: [500, 200], sigmas: [9, 3, 0] })).toThrow(
      'sigmas is [9,3,0]; expected none beside timesteps',
    )
    expect(plan(euler, { timesteps: [500, 200], sigmas: [9, 3] })).toThrow('sigmas is [9,3]; expected none beside')
    expect(plan(euler, { steps: 2, sigmas: [9, 3, 0] })).toThrow('steps is 2; expected none beside sigmas')
    expect(plan(flow, { steps: 2, timesteps: [900, 300] })).toThrow('steps is 2; expected none beside timesteps')
    expect(plan(DDPMScheduler, { steps: 2, timesteps: [900, 300] })).toThrow(
      'steps is 2; expected none beside timesteps',
    )
  })

  test('but a flow may tell the model other timesteps than its sigmas imply, one each, as in diffusers', () => {
    const { stages } = plan(flow, { timesteps: [900, 300], sigmas: [1, 0.5] })()
    expect(stages.map(({ timestep, level }) => [timestep, level.sigma])).toEqual([
      [900, 1],
      [300, 0.5],
    ])
    const expected = 'as many as timesteps, 2'
    for (const sigmas of [[1], [1, 0.5, 0.2]]) expect(plan(flow, { timesteps: [900, 300], sigmas })).toThrow(expected)
  })

  test.each([[[]], [[Number.NaN]], [[300, 900]], [[1001]], [[900, -1]]])(
    'timesteps %j of a flow are refused as such',
    (timesteps) => {
      expect(plan(flow, { timesteps })).toThrow(/^timesteps is /)
    },
  )

  test.each([[[1.5, 0.5]], [[Number.NaN]], [[]]])('sigmas %j, which are none of a flow, are refused', (sigmas) => {
    expect(plan(flow, { sigmas })).toThrow(/^sigmas is .*; expected .* to 0/)
    expect(() =>
      createScheduler(UniPCMultistepScheduler, { use_flow_sigmas: true, prediction_type: 'flow_prediction' }).plan({
        sigmas,
      }),
    ).toThrow(/^sigmas is /)
  })
})

test('a schedule that would fill the memory is refused', () => {
  for (const num_train_timesteps of [1e9, 1e10]) {
    const make = () => createScheduler(DDIMScheduler, { num_train_timesteps })
    expect(make).toThrow(/"num_train_timesteps" is 10+; expected a whole number from 1 to 1000000\.$/)
  }
})

test('a limit of thresholding that leaves nothing is refused', () => {
  for (const sample_max_value of [0, -1]) {
    const options = { thresholding: true, sample_max_value }
    expect(() => createScheduler(DDIMScheduler, options)).toThrow('"sample_max_value" is')
  }
})

test('starting at the beginning is what every scheduler does', () => {
  for (const known of Object.values(schedulerClasses)) {
    const request = { steps: 5, mu: 1, jumpCount: 1 }
    const plan = createScheduler(known).plan({ ...request, startAt: 0 })
    expect(plan).toEqual(createScheduler(known).plan(request))
  }
})

test('numbers out of range are refused by every scheduler, whether it has a use for them or not', () => {
  for (const known of Object.values(schedulerClasses)) {
    const plan = (request: object) => () => createScheduler(known).plan({ steps: 4, ...request })
    expect(plan({ mu: Number.NaN })).toThrow('mu is NaN; expected a finite number.')
    expect(plan({ originalSteps: 0 })).toThrow('originalSteps is 0; expected a whole number from 1 to')
    expect(plan({ eta: 2 })).toThrow('eta is 2; expected a number from 0 to 1.')
  }
})
