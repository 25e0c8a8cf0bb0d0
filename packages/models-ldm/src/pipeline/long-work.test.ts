import { createNodeBackend, openModel } from '@latentkit/backend-node'
import {
  type Backend,
  BackendError,
  float32,
  imageToTensor,
  type ProgressEvent,
  type RasterImage,
  rasterImage,
  resizeImage,
  type Session,
} from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { type NoiseSource, namedScheduler, type RunState } from '@latentkit/schedulers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'
import { createStatistics } from './match-statistics.ts'

const backend = createNodeBackend()
let pipeline: LDMSuperResolutionPipeline
const open = async (backend: Backend) =>
  LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
type Run = Session['run']
/** A pipeline on a backend that does each run by `around`, which is told the network's name and calls `run`. */
const openAround = (
  around: (run: () => ReturnType<Run>, name: string, inputs: Parameters<Run>[0]) => ReturnType<Run>,
) =>
  open({
    ...backend,
    async createSession(source, options) {
      const session = await backend.createSession(source, options)
      const run: Run = (inputs, runOptions) => around(() => session.run(inputs, runOptions), source.name, inputs)
      return { ...session, run }
    },
  })
beforeAll(async () => {
  pipeline = await open(backend)
})
afterAll(async () => {
  await pipeline.dispose()
  await backend.dispose()
})

function picture(width: number, height: number): RasterImage {
  const sample = (i: number) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3]
    return 120 + 60 * Math.sin(x / (5 + c)) * Math.cos(y / 6) + ((x + 2 * y) % 23 < 9 ? 40 : 0)
  }
  return rasterImage(
    width,
    height,
    3,
    Uint8Array.from({ length: width * height * 3 }, (_, i) => sample(i)),
  )
}

test('after the runtime has ended, the next call makes the networks anew', async () => {
  let broken = true
  const mortal = await open({
    ...backend,
    async createSession(source, options) {
      const session = await backend.createSession(source, options)
      const dies = broken
      const run: typeof session.run = async (inputs, runOptions) => {
        if (dies) throw new BackendError({ backend: 'test', problem: 'the runtime’s thread ended' })
        return session.run(inputs, runOptions)
      }
      return { ...session, run }
    },
  })
  await expect(mortal.upscale(picture(8, 8), { steps: 1 })).rejects.toThrow('the runtime’s thread ended')
  broken = false
  expect((await mortal.upscale(picture(8, 8), { steps: 1 })).images).toHaveLength(1)
  await mortal.dispose()
})

test('a source of noise that fails is heard of when the network is done, and the next call works', async () => {
  let running = 0
  const busy = await openAround(async (run) => {
    running++
    await new Promise((resolve) => setTimeout(resolve, 50))
    const outputs = await run()
    running--
    return outputs
  })
  let asked = 0
  const noise = () => {
    asked++
    throw new Error('no noise today')
  }
  await expect(busy.upscale(picture(8, 8), { steps: 2, eta: 1, noise })).rejects.toThrow('no noise today')
  expect([running, asked]).toEqual([0, 1])
  expect((await busy.upscale(picture(8, 8), { steps: 1 })).images).toHaveLength(1)
  await busy.dispose()
})

test('noise is drawn while the network is busy, once for each step, however many tiles it has', async () => {
  let running = 0
  const busy = await openAround(async (run) => {
    running++
    const outputs = await run()
    running--
    return outputs
  })
  for (const tile of [96, 64]) {
    const draws: number[] = []
    const noise: NoiseSource = (shape) => {
      draws.push(running)
      return float32(shape, new Float32Array(shape.reduce((product, size) => product * size)))
    }
    await busy.upscale(picture(80, 8), { steps: 3, eta: 1, backProjection: 0, tile, noise })
    expect(draws).toEqual([1, 1, 1])
  }
  await busy.dispose()
})

test('networks are made before the first step, and kept when a call is aborted', async () => {
  const made: string[] = []
  const watched = await open({
    ...backend,
    createSession(source, options) {
      made.push(source.name)
      return backend.createSession(source, options)
    },
  })
  const controller = new AbortController()
  const options = { steps: 2, colour: 'none' as const, backProjection: 0 }
  const onProgress = (event: ProgressEvent) => void (event.type === 'stage' && made.push(event.stage))
  const onLatents = () => controller.abort(new Error('enough'))
  const aborted = watched.upscale(picture(8, 8), { ...options, onLatents, onProgress, signal: controller.signal })
  await expect(aborted).rejects.toThrow('enough')
  await watched.upscale(picture(8, 8), options)
  expect(made).toEqual(['load', 'UNet2DModel', 'VQModel decoder', 'denoise'])
  await watched.dispose()
})

test('after networks could not be made for a larger picture, they are made anew for the one before', async () => {
  let fails = false
  const failing = await open({
    ...backend,
    async createSession(source, options) {
      if (fails) throw new Error('not now')
      return backend.createSession(source, options)
    },
  })
  const before = await failing.upscale(picture(8, 8), { steps: 1 })
  fails = true
  await expect(failing.upscale(picture(16, 8), { steps: 1 })).rejects.toThrow('not now')
  fails = false
  const after = await failing.upscale(picture(8, 8), { steps: 1 })
  expect(after.images[0].data).toEqual(before.images[0].data)
  await failing.dispose()
})

test('the small picture is scaled with the latents only as the reference does it', async () => {
  const seen: Float32Array[] = []
  const watched = await openAround((run, name, inputs) => {
    if (name === 'UNet2DModel') seen.push((inputs.sample!.data as Float32Array).slice(3 * 64))
    return run()
  })
  const small = imageToTensor(picture(8, 8))
  const scheduler = namedScheduler('euler', pipeline.scheduler.config)
  const options = { steps: 1, scheduler }
  await watched.upscaleTensor(small, options)
  await watched.upscaleTensor(small, { ...options, compat: 'diffusers' })
  await watched.dispose()
  const { inputScale } = scheduler.plan({ steps: 1 }).stages[0]!
  expect(inputScale).toBeLessThan(0.1)
  expect(seen).toEqual([small.data, small.data.map((value) => value * inputScale)])
})

test('numbers that are none are refused by the name of what they came in', async () => {
  const small = imageToTensor(picture(8, 8))
  const wrong = { ...small, data: small.data.with(5, Number.NaN) }
  await expect(pipeline.upscaleTensor(wrong)).rejects.toThrow('image is NaN; expected finite numbers in all places.')
  await expect(pipeline.upscaleTensor(small, { latents: wrong })).rejects.toThrow('latents is NaN; expected finite')
  await expect(pipeline.upscaleTensor(small, { steps: 2, eta: 1, noise: () => wrong })).rejects.toThrow('noise is NaN')
  const states: RunState[] = []
  await pipeline.upscaleTensor(small, { steps: 2, onState: (state) => void states.push(state) })
  const state = { ...states[0]!, tensors: { ...states[0]!.tensors, sample: wrong } }
  await expect(pipeline.upscaleTensor(small, { steps: 2, state })).rejects.toThrow('state is NaN')
  await expect(pipeline.upscale('photo.jpg' as never)).rejects.toThrow('image is "photo.jpg"; expected a picture')
  const none = { ...small, shape: [0, 3, 8, 8], data: new Float32Array(0) }
  await expect(pipeline.upscaleTensor(none)).rejects.toThrow('image is [0,3,8,8]; expected a shape')
})

test('a session that cannot be freed hides no error, and keeps no other', async () => {
  const freed: string[] = []
  const stubborn = await open({
    ...backend,
    async createSession(source, options) {
      const session = await backend.createSession(source, options)
      const run: typeof session.run = async (inputs, runOptions) => {
        if (source.name === 'VQModel decoder') throw new BackendError({ backend: 'test', problem: 'broke' })
        return session.run(inputs, runOptions)
      }
      const dispose = async () => {
        freed.push(source.name)
        await session.dispose()
        throw new Error('cannot be freed')
      }
      return { ...session, run, dispose }
    },
  })
  await expect(stubborn.upscale(picture(8, 8), { steps: 1 })).rejects.toThrow('test: broke.')
  expect(freed.length).toBe(2)
})

test('a correction that gives no numbers makes no black picture', async () => {
  const wrong = await openAround(async (run, name) => {
    const outputs = await run()
    if (name === 'Correction') (outputs.sample!.data as Float32Array).fill(Number.NaN)
    return outputs
  })
  await expect(wrong.upscale(picture(8, 8), { steps: 1 })).rejects.toThrow('The corrected picture holds values')
  await wrong.dispose()
})

describe('when memory runs out', () => {
  /** A backend that cannot run pictures with a longer side than this. */
  const limited = (side: number): Backend => ({
    ...backend,
    async createSession(source, options) {
      const session = await backend.createSession(source, options)
      const run: typeof session.run = async (inputs, runOptions) => {
        const large = session.inputs.some(({ name, shape }) => name !== 'large' && Math.max(...shape.slice(2)) > side)
        if (large && source.name !== 'Correction')
          throw new BackendError({ backend: 'test', problem: 'Failed to allocate memory for requested buffer' })
        return session.run(inputs, runOptions)
      }
      return { ...session, run }
    },
  })

  test('the work goes on in smaller tiles, which is told, to what those would have given from the start', async () => {
    const tight = await open(limited(96))
    const events: ProgressEvent[] = []
    const { images, settings, tiles } = await tight.upscale(picture(140, 60), {
      steps: 2,
      onProgress: (event) => events.push(event),
    })
    await tight.dispose()
    expect([settings.tile, tiles]).toEqual([80, 2])
    const message = 'Memory ran out: going on in tiles of 80×60 pixels.'
    expect(events.filter(({ type }) => type === 'warning')).toEqual([
      { type: 'warning', code: 'smaller_tiles', message },
    ])
    const expected = await pipeline.upscale(picture(140, 60), { steps: 2, tile: settings.tile })
    expect(images[0]!.data).toEqual(expected.images[0]!.data)
  })

  /** A backend whose n-th run, counted from 1, runs out of memory. */
  const failingOnce = (call: number): Backend => {
    let calls = 0
    return {
      ...backend,
      async createSession(source, options) {
        const session = await backend.createSession(source, options)
        const run: typeof session.run = async (inputs, runOptions) => {
          if (++calls === call) throw new BackendError({ backend: 'test', problem: 'Failed to allocate memory' })
          return session.run(inputs, runOptions)
        }
        return { ...session, run }
      },
    }
  }

  test.each([
    {
      call: 2,
      when: 'in the first step',
      mixed: undefined,
      told: '1/2 1/3 2/3 3/3 1/3 2/3 3/3',
      decoded: '1/3 2/3 3/3',
    },
    { call: 4, when: 'in the second step', mixed: true, told: '1/2 2/2 1/2 1/3 2/3 3/3', decoded: '1/3 2/3 3/3' },
    { call: 6, when: 'while decoding', mixed: true, told: '1/2 2/2 1/2 2/2', decoded: '1/2 1/3 2/3 3/3' },
  ])('$when, the settings say whether they make the same picture again', async ({ call, mixed, told, decoded }) => {
    const tight = await open(failingOnce(call))
    const tiles: Record<'denoise' | 'decode', string[]> = { denoise: [], decode: [] }
    const { images, settings } = await tight.upscale(picture(140, 60), {
      steps: 2,
      tile: 96,
      backProjection: 0,
      onProgress(event) {
        if (event.type === 'tile') tiles[event.stage].push(`${event.tile}/${event.tiles}`)
      },
    })
    await tight.dispose()
    expect([settings.tile, settings.mixedTiles]).toEqual([60, mixed])
    expect([tiles.denoise.join(' '), tiles.decode.join(' ')]).toEqual([told, decoded])
    const again = await pipeline.upscale(picture(140, 60), settings)
    const same = Buffer.from(again.images[0]!.data).equals(Buffer.from(images[0]!.data))
    expect(same).toBe(mixed === undefined)
  })

  test('after an earlier run, too: what that did counts as done in the tiles that were planned', async () => {
    const states: RunState[] = []
    const options = { steps: 2, tile: 96, backProjection: 0 }
    await pipeline.upscale(picture(140, 60), { ...options, onState: (state) => void states.push(state) })
    const tight = await open(failingOnce(1))
    const { settings } = await tight.upscale(picture(140, 60), { ...options, state: states[1] })
    await tight.dispose()
    expect([settings.tile, settings.mixedTiles]).toEqual([60, true])
  })

  test('a preview that memory does not suffice for is left out, which is told', async () => {
    const tight = await open({
      ...backend,
      async createSession(source, options) {
        const session = await backend.createSession(source, options)
        const isPreview = source.name === 'VQModel decoder' && session.outputs[0]!.shape[3] === 256
        const run: typeof session.run = async (inputs, runOptions) => {
          if (isPreview) throw new BackendError({ backend: 'test', problem: 'Failed to allocate memory' })
          return session.run(inputs, runOptions)
        }
        return { ...session, run }
      },
    })
    const warnings: string[] = []
    const previews: number[] = []
    const { images } = await tight.upscale(picture(140, 60), {
      steps: 2,
      tile: 96,
      onPreview: (_, step) => void previews.push(step),
      onProgress: (event) => void (event.type === 'warning' && warnings.push(event.code)),
    })
    await tight.dispose()
    expect([warnings, previews, images.length]).toEqual([['no_preview'], [], 1])
  })

  test('it ends with the backend’s error where the smallest tiles do not fit either', async () => {
    const tight = await open(limited(40))
    await expect(tight.upscale(picture(140, 60), { steps: 2 })).rejects.toMatchObject({
      code: 'backend',
      message:
        'test: ran out of memory, even in tiles of 60×60 pixels. Close other programs, or give a smaller picture.',
    })
    await tight.dispose()
  })
})

describe('work that was cut off', () => {
  test.each(['ddim', 'dpm-solver-multistep', 'euler-ancestral', 'heun'])(
    'goes on from any step to the same bytes (%s)',
    async (scheduler) => {
      const options = { steps: 4, seed: 3, scheduler, tile: 64, colour: 'adain' as const }
      const states: RunState[] = []
      const whole = await pipeline.upscale(picture(80, 24), { ...options, onState: (state) => void states.push(state) })
      const stages = scheduler === 'heun' ? 7 : 4
      expect(states.map((state) => state.stages)).toEqual(Array.from({ length: stages }, (_, i) => i + 1))
      for (const state of states) {
        const later: number[] = []
        const rest = await pipeline.upscale(picture(80, 24), {
          ...options,
          state,
          onLatents: (step) => later.push(step),
        })
        expect(later).toEqual(Array.from({ length: stages - state.stages }, (_, i) => state.stages + i + 1))
        expect(rest.images[0]!.data).toEqual(whole.images[0]!.data)
      }
    },
  )

  test('a state of another picture is refused', async () => {
    const states: RunState[] = []
    await pipeline.upscale(picture(8, 8), { steps: 2, onState: (state) => void states.push(state) })
    await expect(pipeline.upscale(picture(16, 8), { steps: 2, state: states[0] })).rejects.toThrow(/state/)
  })

  test('the next step waits until a state is kept', async () => {
    const order: string[] = []
    await pipeline.upscale(picture(8, 8), {
      steps: 2,
      async onState({ stages }) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        order.push(`kept ${stages}`)
      },
      onProgress: (event) => void (event.type === 'step' && order.push(`step ${event.step}`)),
    })
    expect(order).toEqual(['kept 1', 'step 1', 'kept 2', 'step 2'])
  })

  test('an abort is answered though a callback never ends, and the next call is made', async () => {
    for (const callback of ['onState', 'onPreview'] as const) {
      const controller = new AbortController()
      const never = () => {
        controller.abort(new Error('enough'))
        return new Promise<void>(() => {})
      }
      const given = { steps: 2, previewEvery: 1, signal: controller.signal, [callback]: never }
      await expect(pipeline.upscale(picture(8, 8), given)).rejects.toThrow('enough')
    }
    expect((await pipeline.upscale(picture(8, 8), { steps: 1 })).images[0].width).toBe(32)
  })
})

describe('before and during the work', () => {
  test('options that are changed for the next call leave this one alone', async () => {
    const options = { steps: 1, seed: 1, tile: 64 }
    const calls = [1, 2, 3].map((seed) => {
      options.seed = seed
      return pipeline.upscale(picture(8, 8), options)
    })
    const plan = pipeline.plan(picture(80, 8), options)
    options.tile = 32
    expect((await Promise.all(calls)).map(({ settings }) => settings.seed)).toEqual([1, 2, 3])
    expect((await plan).settings.tile).toBeGreaterThan(32)
  })

  test('the plan tells calls and the time they take', async () => {
    const plan = await pipeline.plan({ width: 150, height: 60 }, { steps: 5, scheduler: 'heun', tile: 96 })
    expect(plan).toMatchObject({ width: 600, height: 240, tiles: 2, stages: 9 })
    expect(await pipeline.estimateSeconds(plan)).toBeGreaterThan(0.01)
  })

  test('time is told from one timed call of each network on a small tile and the work that they have', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    let calls = 0
    // A UNet that takes 10 ms for 64×64, a decoder that takes 30 ms.
    const timed = await open({
      ...backend,
      createSession: async ({ name }) => ({
        inputs: [],
        outputs: [],
        async run() {
          calls++
          vi.advanceTimersByTime(name === 'UNet2DModel' ? 10 : 30)
          return {}
        },
        async dispose() {},
      }),
    })
    const seconds = async (width: number, height: number, steps: number) =>
      timed.estimateSeconds(await timed.plan({ width, height }, { steps }))
    expect(await seconds(64, 64, 5)).toBeCloseTo(5 * 0.01 + 0.03, 6)
    // Convolutions have four times the work; what depends on the time alone has not.
    const fourfold = await seconds(128, 128, 5)
    expect(fourfold).toBeGreaterThan(3.9 * 0.08)
    expect(fourfold).toBeLessThan(4.1 * 0.08)

    const timings = new Map<string, number>()
    calls = 0
    const plans = await Promise.all([64, 128].map((side) => timed.plan({ width: side, height: side }, { steps: 5 })))
    const again = []
    for (const plan of plans) again.push(await timed.estimateSeconds(plan, { timings }))
    expect(again.map((value) => value.toFixed(6))).toEqual(['0.080000', fourfold.toFixed(6)])
    // Each network once to prepare and once to be timed.
    expect(calls).toBe(4)
    vi.useRealTimers()
  })

  test('previews come as often as asked, reduced, without what was padded', async () => {
    const seen: [number, number, number][] = []
    await pipeline.upscale(picture(150, 50), {
      steps: 5,
      previewEvery: 2,
      onPreview: ({ width, height }, step) => void seen.push([step, width, height]),
    })
    expect(seen).toEqual([
      [2, 256, 84],
      [4, 256, 84],
    ])
  })

  test('about ten previews come where nobody says how often', async () => {
    const seen: number[] = []
    const onPreview = (_: RasterImage, step: number) => void seen.push(step)
    await pipeline.upscale(picture(4, 4), { steps: 20, onPreview })
    expect(seen).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18])
  })

  test('a preview of a picture that is not reduced is made by the decoder that is there', async () => {
    const made: string[] = []
    const watched = await open({
      ...backend,
      createSession(source, options) {
        made.push(source.name)
        return backend.createSession(source, options)
      },
    })
    const options = { steps: 2, previewEvery: 1, backProjection: 0, onPreview: () => undefined }
    await watched.upscale(picture(24, 20), options)
    expect(made).toEqual(['UNet2DModel', 'VQModel decoder'])
    await watched.upscale(picture(100, 20), options)
    expect(made.slice(2)).toEqual(['UNet2DModel', 'VQModel decoder', 'VQModel decoder'])
    await watched.dispose()
  })

  test('a preview of a small picture shows what the result will look like', async () => {
    const small = picture(24, 20)
    const previews: RasterImage[] = []
    const options = { steps: 8, eta: 0, backProjection: 0, previewEvery: 7 }
    const { images } = await pipeline.upscale(small, { ...options, onPreview: (image) => void previews.push(image) })
    const distance = (a: RasterImage, b: RasterImage) =>
      [...a.data].reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
    expect(previews).toMatchObject([{ width: 96, height: 80 }])
    expect(distance(previews[0]!, images[0]!)).toBeLessThan(6)
  })
})

describe('what comes out', () => {
  test.each([
    [20, 10, undefined],
    [150, 40, 96],
  ])('the settings of a picture of %i×%i, given back, make it again', async (width, height, tile) => {
    const first = await pipeline.upscale(picture(width, height), { steps: 2, seed: 5, scheduler: 'lms', tile })
    const { images } = await pipeline.upscale(picture(width, height), first.settings)
    expect(images[0]!.data).toEqual(first.images[0]!.data)
    expect((await pipeline.plan(picture(width, height), first.settings)).settings).toEqual(first.settings)
  })

  test('another size is the enlarged picture resized', async () => {
    const small = picture(20, 10)
    const whole = (await pipeline.upscale(small, { steps: 1 })).images[0]!
    const size = { width: 50, height: 25 }
    const { images } = await pipeline.upscale(small, { steps: 1, size })
    expect(images[0]).toEqual(resizeImage(whole, size, 'lanczos'))
  })

  test('colours as the networks made them, corrected over wide areas, or by mean and deviation', async () => {
    const small = picture(48, 40)
    const statistics = (image: RasterImage) => {
      const gathered = createStatistics()
      gathered.add(imageToTensor(image))
      return gathered.result()
    }
    const wanted = statistics(small)
    const shift = async (colour: 'none' | 'wavelet' | 'adain') => {
      const { images } = await pipeline.upscale(small, { steps: 2, colour, backProjection: 0 })
      const { means, deviations } = statistics(images[0]!)
      return {
        mean: Math.max(...means.map((mean, c) => Math.abs(mean - wanted.means[c]!))) * 127.5,
        deviation: Math.max(...deviations.map((value, c) => Math.abs(value - wanted.deviations[c]!))) * 127.5,
      }
    }
    const [none, wavelet, adain] = [await shift('none'), await shift('wavelet'), await shift('adain')]
    expect(none.mean).toBeGreaterThan(2 * wavelet.mean)
    expect(wavelet.mean).toBeLessThan(0.5)
    expect(adain.mean).toBeLessThan(0.5)
    expect(adain.deviation).toBeLessThan(0.5)
    await expect(pipeline.upscale(small, { colour: 'vivid' as never })).rejects.toThrow(
      'colour is "vivid"; expected one of none, wavelet, adain.',
    )
  })
})
