import { createTorchGenerator, float32, InvalidArgumentError, type Tensor, tensor } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { expect, test } from 'vitest'
import { schedulerClasses } from './diffusers/classes.ts'
import { schedulerFromConfig } from './diffusers/scheduler-from-config.ts'
import type { RunState } from './finish-stage.ts'
import { seededNoise } from './noise-sources.ts'
import {
  addNoise,
  type DenoisingModel,
  repeatDraws,
  type SampleStep,
  sample,
  startFromNoise,
  startFromPicture,
} from './sampler.ts'
import type { NoiseSource } from './scheduler.ts'

const scheduler = schedulerFromConfig({ _class_name: 'DDIMScheduler', clip_sample: false })
const picture = createTorchGenerator(1).randn([1, 3, 4, 4])
const unitNoise = createTorchGenerator(2).randn([1, 3, 4, 4])
const zeroModel: DenoisingModel = (latents) => float32(latents.shape, new Float32Array(latents.data.length))

async function run(steps: AsyncGenerator<SampleStep>): Promise<SampleStep[]> {
  const all: SampleStep[] = []
  for await (const step of steps) all.push(step)
  return all
}

test('a run tells every step, previews the estimate and leaves its input alone', async () => {
  const plan = scheduler.plan({ steps: 3 })
  const initial = startFromNoise(plan, unitNoise)
  const before = [...initial.data]
  const steps = await run(sample(plan, { initial, model: zeroModel }))
  expect(steps.map(({ index, count, stage }) => [index, count, stage.timestep])).toEqual([
    [0, 3, 666],
    [1, 3, 333],
    [2, 3, 0],
  ])
  expect(steps.at(-1)!.denoised.shape).toEqual([1, 3, 4, 4])
  expect([...initial.data]).toEqual(before)
})

test('the model is told the timestep and gets the stage, and may be asynchronous', async () => {
  const plan = scheduler.plan({ steps: 2 })
  const told: unknown[] = []
  const model: DenoisingModel = async (latents, timestep, stage) => {
    told.push([timestep, stage.inputScale])
    return zeroModel(latents, timestep, stage)
  }
  await run(sample(plan, { initial: unitNoise, model }))
  expect(told).toEqual([
    [500, 1],
    [0, 1],
  ])
})

test('an aborted signal ends the run before the next model call', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  let calls = 0
  const model: DenoisingModel = (...call) => {
    calls += 1
    controller.abort(reason)
    return zeroModel(...call)
  }
  const steps = sample(scheduler.plan({ steps: 5 }), { initial: unitNoise, model, signal: controller.signal })
  await expect(run(steps)).rejects.toBe(reason)
  expect(calls).toBe(1)
})

test('one seed decides every draw', async () => {
  const plan = scheduler.plan({ steps: 4, eta: 1 })
  const once = async (seed: number): Promise<Tensor<'float32'>> => {
    const generator = createTorchGenerator(seed)
    const noise: NoiseSource = (shape) => generator.randn(shape)
    const initial = startFromNoise(plan, noise([1, 3, 4, 4]))
    return (await run(sample(plan, { initial, model: zeroModel, noise }))).at(-1)!.sample
  }
  expect((await once(7)).data).toEqual((await once(7)).data)
  expect((await once(7)).data).not.toEqual((await once(8)).data)
})

test('what does not fit is refused with its name', async () => {
  const plan = scheduler.plan({ steps: 2, eta: 1 })
  const wrong: DenoisingModel = () => float32([1, 3, 4], new Float32Array(12))
  await expect(run(sample(plan, { initial: unitNoise, model: wrong }))).rejects.toThrow(
    'model output is "float32 [1,3,4]"; expected float32 [1,3,4,4].',
  )
  await expect(run(sample(plan, { initial: unitNoise, model: zeroModel }))).rejects.toThrow(InvalidArgumentError)
  const doubles = tensor('float64', [1, 3, 4, 4], new Float64Array(48)) as never
  await expect(run(sample(plan, { initial: doubles, model: zeroModel }))).rejects.toThrow('initial is "float64')
  const noise: NoiseSource = () => float32([1], [0])
  await expect(run(sample(plan, { initial: unitNoise, model: zeroModel, noise }))).rejects.toThrow('noise is')
})

test('starting in the middle with a model that knows the picture gives the picture back', async () => {
  const plan = scheduler.plan({ steps: 10, startAt: 6 })
  expect(plan.stages).toHaveLength(4)
  const { alpha, sigma } = plan.start
  expect(alpha ** 2 + sigma ** 2).toBeCloseTo(1, 12)
  const model: DenoisingModel = (latents, _timestep, { level }) =>
    float32(
      latents.shape,
      latents.data.map((x, i) => (x - level.alpha * picture.data[i]!) / level.sigma),
    )
  const steps = await run(sample(plan, { initial: startFromPicture(plan, picture, unitNoise), model }))
  expect(largestDifference(steps.at(-1)!.sample.data, picture.data)).toBeLessThan(1e-5)
})

test.each(Object.keys(schedulerClasses))(
  'a run of %s that was cut off anywhere goes on to the same values',
  async (name) => {
    const plan = schedulerFromConfig({ _class_name: name }).plan({ steps: 6, eta: 1 })
    const inpainting = plan.stages.some(({ known }) => known)
      ? {
          inpainting: {
            picture,
            mask: float32(
              picture.shape,
              picture.data.map((_, i) => i % 2),
            ),
          },
        }
      : {}
    const model: DenoisingModel = (latents, timestep) => {
      const answer = float32(
        latents.shape,
        latents.data.map((value, i) => Math.sin(value * 3 + timestep + i)),
      )
      return plan.splitsOutput ? float32([1, 6, 4, 4], [...answer.data, ...answer.data]) : answer
    }
    const start = { initial: startFromNoise(plan, unitNoise), model, ...inpainting }
    const whole = await run(sample(plan, { ...start, noise: seededNoise(9) }))
    for (const { index, state } of whole.slice(0, -1)) {
      const noise = seededNoise(9)
      repeatDraws(plan, state.stages, picture.shape, noise)
      const rest = await run(sample(plan, { ...start, noise, state }))
      expect(rest.map((step) => step.index)).toEqual(whole.slice(index + 1).map((step) => step.index))
      expect([...rest.at(-1)!.sample.data]).toEqual([...whole.at(-1)!.sample.data])
    }
  },
)

test('a state from before the first stage or after the last is one, of latents of this shape', async () => {
  const plan = scheduler.plan({ steps: 2 })
  const start = { initial: unitNoise, model: zeroModel }
  const whole = await run(sample(plan, start))
  const none: RunState = { stages: 0, tensors: { sample: unitNoise } }
  expect(await run(sample(plan, { ...start, state: none }))).toEqual(whole)
  expect(await run(sample(plan, { ...start, state: whole[1]!.state }))).toEqual([])
  const small: RunState = { stages: 0, tensors: { sample: createTorchGenerator(1).randn([1, 3, 2, 2]) } }
  await expect(run(sample(plan, { ...start, state: small }))).rejects.toThrow('state is "float32 [1,3,2,2]"')
})

test('what is kept of a picture has its shape', async () => {
  const plan = schedulerFromConfig({ _class_name: 'RePaintScheduler' }).plan({ steps: 2, jumpCount: 1 })
  const start = { initial: unitNoise, model: zeroModel, noise: seededNoise(1) }
  const small = createTorchGenerator(1).randn([1, 3, 2, 2])
  for (const [inpainting, named] of [
    [{ picture: small, mask: picture }, 'inpainting.picture'],
    [{ picture, mask: small }, 'inpainting.mask'],
  ] as const)
    await expect(run(sample(plan, { ...start, inpainting }))).rejects.toThrow(`${named} is "float32 [1,3,2,2]"`)
})

test('a state of another plan is refused', async () => {
  const plan = schedulerFromConfig({ _class_name: 'LMSDiscreteScheduler' }).plan({ steps: 4 })
  const start = { initial: unitNoise, model: zeroModel }
  const { state } = (await run(sample(plan, start)))[1]!
  expect(Object.keys(state.tensors)).toEqual(['sample', 'estimates.0', 'estimates.1'])
  const { sample: latents, ...others } = state.tensors
  const small = createTorchGenerator(1).randn([1, 3, 2, 2])
  const wrong: RunState[] = [
    JSON.parse(JSON.stringify(state)),
    { stages: 2 } as RunState,
    { ...state, stages: 5 },
    { ...state, stages: -1 },
    { ...state, stages: 1.5 },
    { ...state, stages: Number.NaN },
    { ...state, tensors: { sample: latents! } },
    { ...state, tensors: others },
    { ...state, tensors: { ...state.tensors, 'estimates.0': small } },
  ]
  for (const one of wrong) {
    const steps = run(sample(plan, { ...start, state: one }))
    await expect(steps, JSON.stringify(one.stages)).rejects.toThrow(
      /^state is .*expected the state of a run of this plan/,
    )
  }
})

test('a model may use the memory of its answers again', async () => {
  for (const [_class_name, prediction_type] of [
    ['PNDMScheduler', 'epsilon'],
    ['DDIMScheduler', 'sample'],
    ['EulerDiscreteScheduler', 'sample'],
  ]) {
    const plan = schedulerFromConfig({ _class_name, prediction_type, clip_sample: false }).plan({ steps: 5 })
    const memory = new Float32Array(unitNoise.data.length)
    const model =
      (reuses: boolean): DenoisingModel =>
      (latents, timestep) => {
        const answer = reuses ? memory : new Float32Array(memory.length)
        for (const [i, value] of latents.data.entries()) answer[i] = Math.sin(3 * value + timestep + i)
        return float32(latents.shape, answer)
      }
    const all = await Promise.all(
      [true, false].map((reuses) => run(sample(plan, { initial: unitNoise, model: model(reuses) }))),
    )
    const [reused, fresh] = all.map((steps) =>
      steps.flatMap(({ sample, denoised }) => [...sample.data, ...denoised.data]),
    )
    expect(reused, _class_name).toEqual(fresh)
  }
})

test('a timestep is no level to noise a picture to', () => {
  const picture = float32([1, 1, 1, 1], [1])
  expect(() => addNoise(500 as never, picture, picture)).toThrow(
    'level is 500; expected a noise level { alpha, sigma }, such as levelAt(timestep) of a scheduler.',
  )
  for (const level of [undefined, { alpha: 1 }, { sigma: 1 }, { alpha: 1, sigma: Number.NaN }])
    expect(() => addNoise(level as never, picture, picture)).toThrow(/^level is .*; expected a noise level/)
  expect(() => addNoise({ alpha: 1, sigma: 1 }, picture, float32([1], [1]))).toThrow('noise is "float32 [1]"')
  expect(addNoise({ alpha: 0.5, sigma: 2 }, picture, picture).data[0]).toBe(2.5)
})
