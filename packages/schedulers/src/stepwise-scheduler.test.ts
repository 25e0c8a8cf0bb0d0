import { createTorchGenerator, InvalidArgumentError } from '@latentkit/core'
import { largestDifference, relativeDifference } from '@latentkit/core/testing'
import { describe, expect, test } from 'vitest'
import { schedulerClasses } from './diffusers/classes.ts'
import { schedulerFromConfig } from './diffusers/scheduler-from-config.ts'
import {
  fakeModel,
  readRecordings,
  recordedNoise,
  requestOf,
  tolerance,
  unstack,
  values,
} from './recorded-traces-fixture.ts'
import { createStepwiseScheduler } from './stepwise-scheduler.ts'

describe('loops written as in diffusers', () => {
  const some = ['default', 'img2img_begin3', 'eta_0.5', 'karras', 'order3_20', 'skip_prk_sd', 'sd_4', 'churn']
  for (const name of Object.keys(schedulerClasses)) {
    for (const trace of readRecordings(name)?.traces ?? []) {
      if (!some.includes(trace.name) || name === 'RePaintScheduler') continue
      if (/^(LMS|PNDM)/.test(name) && trace.begin_index) continue
      test(`${name} ${trace.name}`, () => {
        const scheduler = createStepwiseScheduler(schedulerFromConfig(trace.config!))
        const { startAt: _, eta, useClippedModelOutput, churn, order, ...request } = requestOf(trace)
        scheduler.setTimesteps(request)
        const noise = recordedNoise(trace)
        let sample = values(trace.initial_sample)
        const expected = unstack(trace.prev_sample)
        const chosen = { eta, useClippedModelOutput, churn, order }
        const options = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
        for (const [i, timestep] of scheduler.timesteps.slice(trace.begin_index ?? 0).entries()) {
          const output = fakeModel(scheduler.scaleModelInput(sample, timestep), i, trace)
          sample = scheduler.step(output, timestep, sample, { ...options, noise }).prevSample
          expect(relativeDifference(sample.data, expected[i]!.data)).toBeLessThanOrEqual(tolerance(trace))
        }
      })
    }
  }
})

/** What of the recordings is not matched, and why. */
const unmatched: Readonly<Record<string, string>> = {
  'KDPM2DiscreteScheduler sigma': 'the reference noises a midpoint to the level after it',
  'KDPM2DiscreteScheduler sigma_leading': 'the reference noises a midpoint to the level after it',
  'DPMSolverSDEScheduler sigma': 'the reference noises a midpoint to the level after it',
  'DPMSolverSDEScheduler sigma_leading': 'the reference noises a midpoint to the level after it',
}

test('the velocity of a level is the same however a scheduler scales it', () => {
  const [sample, noise] = [1, 2].map((seed) => createTorchGenerator(seed).randn([2, 1, 4, 4]))
  const of = (name: string, timesteps: readonly number[]) => {
    const scheduler = createStepwiseScheduler(schedulerFromConfig({ _class_name: name }))
    scheduler.setTimesteps(4)
    return scheduler.getVelocity(sample!, noise!, timesteps).data
  }
  for (const timesteps of [[999], [500, 20]])
    expect(largestDifference(of('EulerDiscreteScheduler', timesteps), of('DDIMScheduler', timesteps))).toBeLessThan(
      1e-5,
    )
})

describe('add_noise and get_velocity', () => {
  for (const name of Object.keys(schedulerClasses)) {
    for (const recorded of readRecordings(name)?.add_noise ?? []) {
      const reason = unmatched[`${name} ${recorded.name}`]
      if (reason) {
        test.skip(`${name} ${recorded.name}: ${reason}`)
        continue
      }
      test(`${name} ${recorded.name}`, () => {
        const scheduler = createStepwiseScheduler(schedulerFromConfig(recorded.config))
        if (recorded.steps !== null) scheduler.setTimesteps(recorded.steps)
        const own = recorded.steps === null ? [] : scheduler.timesteps
        const [original, noise] = [values(recorded.original), values(recorded.noise)]
        // Timesteps between the trained ones differ in the last bits of float32.
        const timesteps = recorded.timesteps_used.map((t) => own.find((mine) => Math.abs(mine - t) < 2e-4) ?? t)
        const noised = scheduler.addNoise(original, noise, timesteps)
        expect(relativeDifference(noised.data, values(recorded.add_noise).data)).toBeLessThan(1e-6)
        // The reference's Euler reads the training level of the step's number instead of its timestep.
        if (!recorded.get_velocity || name === 'EulerDiscreteScheduler') return
        const velocity = scheduler.getVelocity(original, noise, timesteps)
        expect(relativeDifference(velocity.data, values(recorded.get_velocity).data)).toBeLessThan(1e-6)
      })
    }
  }
})

describe('a loop that does not fit', () => {
  const scheduler = createStepwiseScheduler(schedulerFromConfig({ _class_name: 'DDIMScheduler' }))
  const latents = values({ shape: [1, 1, 1, 1], dtype: 'float32', b64: 'AACAPw==' })
  test('is told to set timesteps', () => expect(() => scheduler.timesteps).toThrow('setTimesteps'))
  test('is told which timestep comes next', () => {
    scheduler.setTimesteps(4)
    expect(() => scheduler.scaleModelInput(latents, 123)).toThrow(InvalidArgumentError)
    scheduler.step(latents, 750, latents)
    expect(() => scheduler.step(latents, 250, latents)).toThrow('timestep is 250; expected 500, the next one.')
  })

  test('is told when there is no next one', () => {
    scheduler.setTimesteps({ steps: 4, startAt: 3 })
    scheduler.step(latents, 0, latents)
    expect(() => scheduler.step(latents, 0, latents)).toThrow('timestep is 0; expected none, since every step is done.')
  })

  test.each(['PNDMScheduler', 'RePaintScheduler'])('of %s, too, which cannot begin anywhere', (_class_name) => {
    const other = createStepwiseScheduler(schedulerFromConfig({ _class_name }))
    other.setTimesteps({ steps: 5 })
    for (const timestep of [123, 200]) {
      expect(() => other.scaleModelInput(latents, timestep)).toThrow(`timestep is ${timestep}; expected one of the`)
    }
  })
})

describe('a loop that begins in the middle', () => {
  const latents = values({ shape: [1, 1, 1, 1], dtype: 'float32', b64: 'AACAPw==' })
  const scheduler = createStepwiseScheduler(schedulerFromConfig({ _class_name: 'EulerDiscreteScheduler' }))

  test('leaves the timesteps as they were set', () => {
    scheduler.setTimesteps(4)
    const whole = [...scheduler.timesteps]
    const { initNoiseSigma } = scheduler
    scheduler.step(scheduler.scaleModelInput(latents, whole[2]!), whole[2]!, latents)
    expect(scheduler.timesteps).toEqual(whole)
    expect(scheduler.initNoiseSigma).toBe(initNoiseSigma)
    expect(scheduler.addNoise(latents, latents, [whole[0]!]).data[0]).toBeCloseTo(1 + initNoiseSigma, 3)
    expect(scheduler.addNoise(latents, latents, whole[0]!)).toEqual(scheduler.addNoise(latents, latents, [whole[0]!]))
    const tensor = { dtype: 'float32', shape: [1], data: Float32Array.of(whole[0]!) }
    for (const mix of [scheduler.addNoise, scheduler.getVelocity])
      expect(() => mix(latents, latents, tensor as never)).toThrow(
        'expected a timestep, or a list of one for each image.',
      )
    scheduler.step(latents, whole[3]!, latents)
  })

  test('begins with its first step, not with a look at a later input', () => {
    scheduler.setTimesteps(4)
    const [first, , third] = scheduler.timesteps
    const early = scheduler.scaleModelInput(latents, third!)
    expect(scheduler.scaleModelInput(latents, first!).data[0]).toBeLessThan(early.data[0]!)
    scheduler.step(latents, first!, latents)
  })
})

describe('a loop over timesteps of which some come twice', () => {
  const unit = values({ shape: [1, 1, 1, 1], dtype: 'float32', b64: 'AACAPw==' })
  const config = {
    _class_name: 'UniPCMultistepScheduler',
    beta_schedule: 'squaredcos_cap_v2',
    use_karras_sigmas: true,
  } as const
  const scheduler = schedulerFromConfig(config)
  const stepwise = createStepwiseScheduler(scheduler)
  const levels = scheduler.plan({ steps: 11 }).stages.map(({ level }) => level)
  const begin = (k: number) => {
    const timesteps = stepwise.timesteps.slice(k)
    const noised = stepwise.addNoise(unit, unit, [timesteps[0]!]).data[0]
    return { noised, run: () => timesteps.map((timestep) => stepwise.step(unit, timestep, unit)) }
  }
  const at = (k: number) => Math.fround(levels[k]!.alpha + levels[k]!.sigma)

  test('begins at the first stage, or at the second of both, at the level that pictures are noised to', () => {
    stepwise.setTimesteps(11)
    const twice = stepwise.timesteps.findIndex((timestep, k, all) => k > 2 && timestep === all[k - 1])
    expect(begin(0).noised).toBe(at(0))
    begin(0).run()
    stepwise.setTimesteps(11)
    expect(begin(twice).noised).toBe(at(twice))
    begin(twice).run()
  })

  test('is told how else to begin at the first of both', () => {
    stepwise.setTimesteps(11)
    expect(begin(1).run).toThrow(/some come several times: to begin .* setTimesteps\(\{ steps, startAt: k \}\)\.$/)
    stepwise.setTimesteps({ steps: 11, startAt: 1 })
    expect(begin(0).noised).toBe(at(1))
    begin(0).run()
  })
})

test.each(['DDPMScheduler', 'HeunDiscreteScheduler', 'PNDMScheduler'])(
  '%s begins in the middle without planning for every step',
  (_class_name) => {
    const unit = values({ shape: [1, 1, 1, 1], dtype: 'float32', b64: 'AACAPw==' })
    const scheduler = schedulerFromConfig({ _class_name, skip_prk_steps: true })
    let plans = 0
    const stepwise = createStepwiseScheduler({
      ...scheduler,
      plan(request) {
        plans += 1
        return scheduler.plan(request)
      },
    })
    stepwise.setTimesteps(200)
    const timestep = stepwise.timesteps[120]!
    stepwise.step(unit, timestep, unit, { noise: () => unit })
    expect(plans).toBeLessThan(8)
  },
)

test('noise that a step gives stays for later ones, and a later step may give another', () => {
  const latents = values({ shape: [1, 1, 1, 1], dtype: 'float32', b64: 'AACAPw==' })
  const drawn: string[] = []
  const source = (name: string) => () => {
    drawn.push(name)
    return latents
  }
  const scheduler = createStepwiseScheduler(schedulerFromConfig({ _class_name: 'EulerAncestralDiscreteScheduler' }))
  scheduler.setTimesteps(5)
  const [first, second, third, fourth] = scheduler.timesteps
  scheduler.step(latents, first!, latents, { noise: source('a') })
  scheduler.step(latents, second!, latents, { noise: undefined })
  scheduler.step(latents, third!, latents, { noise: source('b') })
  scheduler.step(latents, fourth!, latents)
  expect(drawn).toEqual(['a', 'a', 'b', 'b'])
})

test('options of other names are refused, and a number of steps that is none', () => {
  const latents = values({ shape: [1, 1, 1, 1], dtype: 'float32', b64: 'AACAPw==' })
  const scheduler = createStepwiseScheduler(schedulerFromConfig({ _class_name: 'DDIMScheduler' }))
  expect(() => scheduler.setTimesteps('20' as never)).toThrow('steps is "20"; expected a whole number from 1 to 1000.')
  expect(() => scheduler.setTimesteps({ stpes: 20 } as never)).toThrow('option is "stpes"; expected one of steps, ')
  scheduler.setTimesteps(20)
  const step = (options: object) => scheduler.step(latents, scheduler.timesteps[0]!, latents, options)
  const refused = 'option is "etta"; expected one of eta, useClippedModelOutput, churn, order, tau, noise, inpainting.'
  expect(() => step({ etta: 1 })).toThrow(refused)
  step({ eta: 1, noise: () => latents })
  expect(() => scheduler.step(latents, scheduler.timesteps[1]!, latents, { etta: 1 } as object)).toThrow(refused)
})
