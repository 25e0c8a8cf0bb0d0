import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import {
  type Backend,
  type BackendCapabilities,
  DisposedError,
  LatentkitError,
  type ModelFiles,
  memoryFiles,
  type ProgressEvent,
  type RasterImage,
  rasterImage,
  resizeImage,
  tensor,
  withDepth,
} from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import {
  createScheduler,
  EulerDiscreteScheduler,
  namedScheduler,
  type PlanRequest,
  RePaintScheduler,
  type Scheduler,
  seededNoise,
} from '@latentkit/schedulers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Precision, precisions } from '../input-shape.ts'
import { hasShared, sharedFolder } from '../shared-fixture.ts'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'

const backend = createNodeBackend()
let files: ModelFiles
let pipeline: LDMSuperResolutionPipeline
beforeAll(async () => {
  files = await openModel(modelFiles)
  pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
})
afterAll(async () => {
  await pipeline.dispose()
  await backend.dispose()
})

/** A picture of smooth colours with an edge. */
function picture(width: number, height: number, channels: 3 | 4 = 3) {
  const data = new Uint8Array(width * height * channels)
  for (let i = 0; i < data.length; i++) {
    const x = Math.floor(i / channels) % width
    data[i] = i % channels === 3 ? (x < width / 2 ? 255 : 40) : (x * 9 + i) % 256
  }
  return rasterImage(width, height, channels, data)
}

test('noise of one’s own, of the size that pipeline and plan tell, is the seed’s where both draws are', async () => {
  const image = picture(10, 7)
  const options = { steps: 2, eta: 1 }
  const { paddedHeight, paddedWidth } = await pipeline.plan(image, options)
  const noise = seededNoise(7)
  const latents = noise([1, pipeline.latentChannels, paddedHeight, paddedWidth])
  const own = await pipeline.upscale(image, { ...options, latents, noise })
  const seeded = await pipeline.upscale(image, { ...options, seed: 7 })
  expect(own.images[0].data).toEqual(seeded.images[0].data)
})

test('options that a run does not have itself reach a scheduler that is wrapped', async () => {
  const scheduler = namedScheduler('euler', pipeline.scheduler.config)
  const churned = {
    ...scheduler,
    plan: (request: PlanRequest) => scheduler.plan({ ...request, churn: { amount: 1 } }),
  }
  const [plain, other] = [scheduler, churned].map((one) =>
    pipeline.upscale(picture(6, 6), { steps: 3, scheduler: one }),
  )
  expect((await other!).images[0].data).not.toEqual((await plain!).images[0].data)
})

describe('what comes out', () => {
  test('any size gives exactly four times both sides', async () => {
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [17, 5],
      [8, 30],
    ] as const) {
      const { images } = await pipeline.upscale(picture(width, height), { steps: 1 })
      expect(images[0]).toMatchObject({ width: 4 * width, height: 4 * height, channels: 3 })
    }
  })

  test.each([
    [33, 47],
    [7, 300],
    [512, 16],
  ])('a picture of %i×%i is filled to its edges', async (width, height) => {
    // Bright all over, so that anything left out shows as a dark margin.
    const bright = rasterImage(width, height, 3, new Uint8Array(width * height * 3).fill(230))
    const { images } = await pipeline.upscale(bright, { steps: 1 })
    const { data, ...large } = images[0]!
    expect(large).toMatchObject({ width: width * 4, height: height * 4 })
    const border = (x: number, y: number) => data[(y * large.width + x) * 3]!
    for (let x = 0; x < large.width; x++) {
      for (const y of [0, 1, large.height - 2, large.height - 1]) expect(border(x, y)).toBeGreaterThan(200)
    }
    for (let y = 0; y < large.height; y++) {
      for (const x of [0, 1, large.width - 2, large.width - 1]) expect(border(x, y)).toBeGreaterThan(200)
    }
  })

  test('the same seed gives the same bytes, another seed another picture', async () => {
    const upscale = async (seed: number | bigint) =>
      Buffer.from((await pipeline.upscale(picture(16, 12), { steps: 3, seed })).images[0]!.data)
    const first = await upscale(7)
    expect(first.equals(await upscale(7n))).toBe(true)
    expect(first.equals(await upscale(8))).toBe(false)
  })

  test('settings can be kept as JSON where the seed is a safe number', async () => {
    const settings = async (seed: number | bigint) => (await pipeline.plan(picture(4, 4), { seed })).settings
    for (const seed of [7, 7n, -7n]) expect(JSON.stringify(await settings(seed))).toContain(`"seed":${seed},`)
    expect((await settings(2n ** 53n)).seed).toBe(2n ** 53n)
  })

  test('the model’s own defaults are used and told', async () => {
    const { settings, tiles } = await pipeline.upscale(picture(4, 4))
    expect(settings).toEqual({
      steps: 2,
      eta: 1,
      backProjection: 8,
      precision: 'float32',
      colour: 'none',
      seed: 0,
      scheduler: 'DDIMScheduler',
      tile: 4,
      convolutions: 'direct',
    })
    expect(tiles).toBe(1)
  })

  test('back-projection pulls the result towards the small picture', async () => {
    const small = picture(20, 20)
    const distance = async (backProjection: number) => {
      const large = (await pipeline.upscale(small, { steps: 2, backProjection })).images[0]!
      const reduced = [...resizeImage(large, small, 'bicubic').data]
      return reduced.reduce((sum, value, i) => sum + Math.abs(value - small.data[i]!), 0) / reduced.length
    }
    expect(await distance(2)).toBeLessThan(0.5 * (await distance(0)))
  })

  test('transparency is enlarged by itself', async () => {
    const large = (await pipeline.upscale(picture(8, 4, 4), { steps: 1 })).images[0]!
    expect(large).toMatchObject({ width: 32, height: 16, channels: 4 })
    expect([large.data[3], large.data[31 * 4 + 3]]).toEqual([255, 40])
    // The colours are those of the same picture without it.
    const colours = picture(8, 4, 4).data.filter((_, i) => i % 4 !== 3)
    const opaque = (await pipeline.upscale(rasterImage(8, 4, 3, colours), { steps: 1 })).images[0]!
    expect(large.data.filter((_, i) => i % 4 !== 3)).toEqual(opaque.data)
  })

  test('what a file says of pixels that nothing is seen of does not matter', async () => {
    // An orange disc, cut out, with a soft edge.
    const cutOut = (hidden: readonly number[], largest: number) => {
      const pixel = (x: number, y: number) => {
        const cover = Math.min(1, Math.max(0, 7 - Math.hypot(x - 9.5, y - 9.5)))
        return [...(cover ? [1, 0.5, 0.1] : hidden), cover].map((part) => Math.round(part * largest))
      }
      const samples = Array.from({ length: 20 * 20 }, (_, i) => pixel(i % 20, Math.floor(i / 20))).flat()
      return rasterImage(20, 20, 4, largest > 255 ? Uint16Array.from(samples) : Uint8Array.from(samples))
    }
    for (const largest of [255, 65535]) {
      const [black, green] = await Promise.all(
        [
          [0, 0, 0],
          [0, 1, 0],
        ].map(async (hidden) => (await pipeline.upscale(cutOut(hidden, largest))).images[0]!.data),
      )
      expect(black).toEqual(green)
      const blue = black!.filter((_, i) => i % 4 === 2 && black![i + 1]! > 0)
      expect(Math.max(...blue) / largest).toBeLessThan(0.2)
    }
    const nothing = rasterImage(4, 4, 4, new Uint8Array(64))
    expect((await pipeline.upscale(nothing, { steps: 1 })).images[0]).toMatchObject({ width: 16, channels: 4 })
  })

  test('a picture from a JPEG file is pulled towards it less, unless the caller says', async () => {
    const { width, height, channels, data } = picture(8, 6)
    const jpeg = rasterImage(width, height, channels, data, { compression: 'jpeg', density: 72 })
    const { images, settings } = await pipeline.upscale(jpeg, { steps: 1 })
    expect([settings.backProjection, pipeline.defaults.backProjection]).toEqual([1, 8])
    expect((await pipeline.plan(jpeg)).settings.backProjection).toBe(1)
    expect(images[0].metadata).toEqual({ density: 72 })
    const clean = await pipeline.upscale(rasterImage(width, height, channels, data), { steps: 1, backProjection: 1 })
    expect(images[0].data).toEqual(clean.images[0].data)
    expect(clean.images[0].metadata).toBeUndefined()
    expect((await pipeline.upscale(jpeg, { steps: 1, backProjection: 3 })).settings.backProjection).toBe(3)
  })

  test.each(['none', 'wavelet', 'adain'] as const)('grey stays grey (colour: %s)', async (colour) => {
    const grey = rasterImage(
      24,
      16,
      1,
      Uint8Array.from({ length: 384 }, (_, i) => 128 + 90 * Math.sin(i / 3) * Math.cos(i / 50)),
    )
    for (const small of [grey, withDepth(grey, 16)]) {
      const made: RasterImage[] = []
      const onPreview = (preview: RasterImage) => void made.push(preview)
      made.push(...(await pipeline.upscale(small, { steps: 2, colour, onPreview })).images)
      expect(made.map(({ channels }) => channels)).toEqual([3, 3])
      for (const { data } of made) {
        for (let i = 0; i < data.length; i += 3) expect([data[i + 1], data[i + 2]]).toEqual([data[i], data[i]])
      }
    }
    // The reference has the colours that the network gives.
    const { data } = (await pipeline.upscale(grey, { steps: 2, colour, compat: 'diffusers' })).images[0]
    expect(data.some((sample, i) => i % 3 > 0 && sample !== data[i - 1])).toBe(true)
  })

  test('16 bits and metadata are kept', async () => {
    const metadata = { density: 300, xmp: '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>' }
    const small = picture(8, 4, 4)
    const deep = rasterImage(
      8,
      4,
      4,
      Uint16Array.from(small.data, (sample) => sample * 257),
      metadata,
    )
    const large = (await pipeline.upscale(deep, { steps: 1 })).images[0]!
    const shallow = (await pipeline.upscale(small, { steps: 1 })).images[0]!
    expect(large).toMatchObject({ width: 32, height: 16, channels: 4, metadata })
    expect(large.data).toBeInstanceOf(Uint16Array)
    // Finer than 8 bits, and the same picture.
    expect([...large.data].some((sample) => sample % 257 !== 0)).toBe(true)
    const colours = (samples: ArrayLike<number>) => Float32Array.from(samples).filter((_, i) => i % 4 !== 3)
    expect(largestDifference(colours(withDepth(large, 8).data), colours(shallow.data))).toBeLessThanOrEqual(1)
    const alpha = (samples: ArrayLike<number>) => Float32Array.from(samples).filter((_, i) => i % 4 === 3)
    expect(largestDifference(alpha(withDepth(large, 8).data), alpha(shallow.data))).toBeLessThanOrEqual(1)
  })

  test('settings given back make the same picture, also of the reference’s way', async () => {
    const options = { scheduler: 'euler', compat: 'diffusers', steps: 2, seed: 3, tile: 32 } as const
    const first = await pipeline.upscale(picture(36, 8), options)
    expect(first.settings).toMatchObject({ compat: 'diffusers', tile: 28 })
    const again = await pipeline.upscale(picture(36, 8), first.settings)
    expect(again.images[0].data).toEqual(first.images[0].data)
    const other = await pipeline.upscale(picture(36, 8), { ...first.settings, compat: undefined })
    expect(other.images[0].data).not.toEqual(first.images[0].data)
  })

  test('a scheduler may be given by name', async () => {
    const byName = await pipeline.upscale(picture(8, 8), { steps: 2, scheduler: 'ddim' })
    expect(byName.images[0]!.data).toEqual((await pipeline.upscale(picture(8, 8), { steps: 2 })).images[0]!.data)
    await expect(pipeline.upscale(picture(8, 8), { scheduler: 'nonsense' })).rejects.toThrow(
      /scheduler is "nonsense"; expected one of ddim,/,
    )
  })
})

describe('in half precision', () => {
  /** The processor, said to have halves: onnxruntime widens them there. */
  async function openOn(dtypes: BackendCapabilities['dtypes']) {
    const capabilities = async () => ({ ...(await backend.capabilities()), dtypes })
    return LDMSuperResolutionPipeline.fromPretrained(files, { backend: { ...backend, capabilities } })
  }

  test('other graphs give nearly the same picture, and what made it is told', async () => {
    const graphs = new Set<string>()
    const capabilities = { ...(await backend.capabilities()), dtypes: precisions }
    const watched: Backend = {
      ...backend,
      capabilities: async () => capabilities,
      createSession(source, options) {
        if (source.name.startsWith('UNet')) graphs.add(Buffer.from(source.model({})).toString('latin1'))
        return backend.createSession(source, options)
      },
    }
    const able = await LDMSuperResolutionPipeline.fromPretrained(files, { backend: watched })
    const [whole, half] = await Promise.all(
      precisions.map((precision) => able.upscale(picture(16, 12), { precision, steps: 3 })),
    )
    expect(graphs.size).toBe(2)
    expect([whole, half].map((result) => result!.settings.precision)).toEqual(precisions)
    const [a, b] = [whole, half].map((result) => Float32Array.from(result!.images[0]!.data))
    expect(largestDifference(a!, b!)).toBeLessThanOrEqual(4)
    await able.dispose()
  })

  test('a plan counts less memory', async () => {
    const able = await openOn(['float32', 'float16'])
    const plan = (precision: Precision) => able.plan({ width: 128, height: 128 }, { precision })
    expect((await plan('float16')).memoryBytes).toBeLessThan(0.8 * (await plan('float32')).memoryBytes)
  })

  test('a device that cannot, and convolutions that lose too much by it, are refused', async () => {
    await expect(pipeline.upscale(picture(4, 4), { precision: 'float16' })).rejects.toThrow(
      'precision is "float16"; expected float32, since cpu does not compute with float16 here.',
    )
    const able = await openOn(['float32', 'float16'])
    await expect(able.plan(picture(4, 4), { precision: 'float16', convolutions: 'winograd' })).rejects.toThrow(
      'convolutions is "winograd"; expected direct with the precision float16.',
    )
  })
})

describe('on the way', () => {
  test('every stage and step is told, with the time left', async () => {
    const events: ProgressEvent[] = []
    await pipeline.upscale(picture(4, 4), { steps: 3, onProgress: (event) => events.push(event) })
    expect(events.map((event) => (event.type === 'stage' ? event.stage : event.type))).toEqual([
      'load',
      'denoise',
      'step',
      'step',
      'step',
      'decode',
      'finish',
    ])
    expect(events.filter((event) => event.type === 'step').map(({ step, steps }) => [step, steps])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
    expect(events.findLast((event) => event.type === 'step')).toMatchObject({ remainingSeconds: 0 })
  })

  test('an abort ends the work within one step, and the next call works', async () => {
    const controller = new AbortController()
    let steps = 0
    const aborted = pipeline.upscale(picture(4, 4), {
      steps: 20,
      signal: controller.signal,
      onProgress: (event) => {
        if (event.type === 'step' && ++steps === 2) controller.abort(new Error('enough'))
      },
    })
    await expect(aborted).rejects.toThrow('enough')
    expect(steps).toBe(2)
    expect((await pipeline.upscale(picture(4, 4), { steps: 1 })).images).toHaveLength(1)
  })

  test('calls wait for each other, each gets its own picture, and those given up are not begun', async () => {
    const alone = [picture(8, 8), picture(12, 4)].map((one) => pipeline.upscale(one, { steps: 2 }))
    const [square, wide] = [(await alone[0])!.images[0]!, (await alone[1])!.images[0]!]
    const controller = new AbortController()
    const waiting = [picture(8, 8), picture(12, 4), picture(8, 8)].map((one, i) =>
      pipeline.upscale(one, { steps: 2, signal: i === 1 ? controller.signal : undefined }),
    )
    controller.abort(new Error('enough'))
    await expect(waiting[1]).rejects.toThrow('enough')
    expect((await waiting[0])!.images[0]!.data).toEqual(square.data)
    expect((await waiting[2])!.images[0]!.data).toEqual(square.data)
    expect([wide.width, wide.height]).toEqual([48, 16])
  })

  const disposed = new DisposedError({ what: 'The pipeline', hint: 'Open the model again.' })

  test('disposed as soon as it is called, the call ends well, as did one before', async () => {
    const own = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    await own.upscale(picture(8, 8), { steps: 1 })
    const made = own.upscale(picture(8, 8), { steps: 1 })
    const refused = expect(own.upscale(picture(8, 8), { steps: 1 })).rejects.toThrow(disposed)
    await own.dispose()
    expect((await made).images[0].width).toBe(32)
    await refused
    await expect(own.upscale(picture(8, 8), { steps: 1 })).rejects.toThrow(disposed)
  })

  test('disposed during a call, the call ends well and those that wait are refused', async () => {
    const own = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    const disposing: Promise<void>[] = []
    const running = own.upscale(picture(8, 8), { steps: 2, onLatents: () => void disposing.push(own.dispose()) })
    const refused = expect(own.upscale(picture(8, 8), { steps: 2 })).rejects.toThrow(disposed)
    expect((await running).images).toHaveLength(1)
    await refused
    await Promise.all(disposing)
  })

  test('an abort is answered while the model is opened', async () => {
    const open = (signal: AbortSignal) =>
      LDMSuperResolutionPipeline.fromPretrained({ ...files, list: () => new Promise(() => {}) }, { backend, signal })
    const controller = new AbortController()
    const aborted = open(controller.signal)
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    await expect(open(controller.signal)).rejects.toThrow('enough')
  })

  test('an abort is answered while the backend still makes ready', async () => {
    const never: Backend = { ...backend, capabilities: () => new Promise(() => {}) }
    const slow = await LDMSuperResolutionPipeline.fromPretrained(files, { backend: never })
    const controller = new AbortController()
    const aborted = slow.upscale(picture(4, 4), { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
  })

  test('settings out of range are refused before anything is computed', async () => {
    const refused = (options: object) => pipeline.upscale(picture(4, 4), options)
    await expect(refused({ steps: 0 })).rejects.toThrow('steps is 0; expected a whole number from 1 to 1000.')
    await expect(refused({ steps: 1001 })).rejects.toThrow('steps is 1001; expected')
    await expect(refused({ eta: 2 })).rejects.toThrow('eta is 2; expected a number from 0 to 1.')
    await expect(refused({ seed: 1.5 })).rejects.toThrow('seed is 1.5; expected a whole number.')
    await expect(refused({ backProjection: -1 })).rejects.toThrow(
      'backProjection is -1; expected a whole number from 0 to 100',
    )
    await expect(refused({ backProjection: 101 })).rejects.toThrow('backProjection is 101; expected')
    expect((await pipeline.plan(picture(4, 4), { backProjection: 100 })).settings.backProjection).toBe(100)
    await expect(refused({ eta: '1' })).rejects.toThrow('eta is "1"; expected a number')
    await expect(refused({ eta: null })).rejects.toThrow('eta is null; expected a number')
    await expect(refused({ scheduler: { _class_name: 'DDIMScheduler' } })).rejects.toThrow(
      /^scheduler is .* expected the name/,
    )
    await expect(refused({ backprojection: 8 })).rejects.toThrow(
      /^option is "backprojection"; expected one of steps, eta, .*backProjection, /,
    )
    const repaint = createScheduler(RePaintScheduler)
    await expect(refused({ scheduler: repaint })).rejects.toThrow(
      'scheduler is "RePaintScheduler"; expected one that needs no mask, since none can be given here.',
    )
    await expect(refused({ compat: 'torch' })).rejects.toThrow('compat is "torch"')
    const double = tensor('float64', [1, 3, 4, 4], new Float64Array(48))
    await expect(pipeline.upscaleTensor(double as never)).rejects.toThrow(
      'image is "float64"; expected a float32 tensor',
    )
    await expect(refused({ size: { width: 10 } })).rejects.toThrow('height is undefined; expected a whole number')
    await expect(refused({ size: { width: 10.5, height: 10 } })).rejects.toThrow('width is 10.5; expected')
    await expect(refused({ memory: 0 })).rejects.toThrow('memory is 0; expected a number of bytes above 0.')
    await expect(refused({ memory: Number.NaN })).rejects.toThrow('memory is NaN; expected')
    for (const previewEvery of [0, 1.5]) await expect(refused({ previewEvery })).rejects.toThrow('previewEvery is')
    const latents = tensor('float32', [1, 3, 8, 2], new Float32Array(48))
    await expect(refused({ latents })).rejects.toThrow('latents is [1,3,8,2]; expected the shape [1,3,4,4].')
    await expect(pipeline.plan({ width: 4.5, height: 4 })).rejects.toThrow('width is 4.5; expected a whole number')
    await expect(refused({ convolutions: 'fast' })).rejects.toThrow('convolutions is "fast"; expected one of direct')
    await expect(refused({ precision: 'int8' })).rejects.toThrow('precision is "int8"; expected one of float32')
    // What a canvas gives is no picture of ours.
    const canvas = { width: 4, height: 4, data: new Uint8ClampedArray(64) }
    await expect(pipeline.upscale(canvas as never)).rejects.toThrow('channels is undefined; expected 1, 2, 3 or 4')
  })

  test('the usual slips are told by name', async () => {
    const refused = (options: object, image: object = picture(4, 4)) =>
      expect(pipeline.upscale(image as RasterImage, options)).rejects
    await refused({ signal: new AbortController() }).toThrow(
      'signal is an AbortController; expected an AbortSignal, such as controller.signal.',
    )
    await refused({ latents: new Float32Array(192) }).toThrow(
      'latents is a Float32Array of 768 bytes; expected a float32',
    )
    await refused({ steps: 2, eta: 1, noise: () => new Float32Array(48) }).toThrow(
      'noise is a Float32Array of 192 bytes',
    )
    await refused({ state: {} }).toThrow('state is {}; expected a state that onState was given.')
    await refused({ onProgress: 5 }).toThrow('onProgress is 5; expected a function.')
    await refused({ tile: '64' }).toThrow('tile is "64"; expected a number.')
    const { plan } = pipeline.scheduler
    const scheduler = { ...pipeline.scheduler, plan: async (request: PlanRequest) => plan(request) }
    await refused({ scheduler }).toThrow('expected one whose plan, a promise not being one, has stages.')
    await refused({}, { images: [picture(4, 4)] }).toThrow(/^image is .*Of a result, give images\[0\]\.$/)
  })

  test('what is odd in a scheduler of one’s own and in its plan is told before the work', async () => {
    const { config } = pipeline.scheduler
    const other = namedScheduler('ddim', { ...config, prediction_type: 'sample', _use_default_values: [] })
    const warning = { code: 'odd_plan', message: 'A plan of one’s own.' }
    const scheduler = {
      ...other,
      plan: (request: PlanRequest) => ({ ...other.plan(request), warnings: [warning] }),
    }
    const codes: string[] = []
    const onProgress = (event: ProgressEvent) => {
      codes.push(event.type === 'warning' ? event.code : event.type)
    }
    await pipeline.upscale(picture(4, 4), { steps: 1, scheduler: scheduler as Scheduler, onProgress })
    expect(codes).toEqual(['other_training', 'odd_plan', 'stage', 'stage', 'step', 'stage', 'stage'])
    const bare = createScheduler(EulerDiscreteScheduler)
    await expect(pipeline.plan(picture(4, 4), { scheduler: bare })).rejects.toThrow(
      "expected one for the model's training",
    )
  })

  test('a model that is not opened, and what is no backend, open no pipeline', async () => {
    const opened = (given: unknown, options: object) =>
      expect(LDMSuperResolutionPipeline.fromPretrained(given as ModelFiles, options as { backend: Backend })).rejects
    await opened('organisation/name', { backend }).toThrow(
      /^files is "organisation\/name"; expected the files of a model\. Open the model first: await openModel/,
    )
    await opened(openModel(modelFiles), { backend }).toThrow('files is a promise, which is to be awaited; expected')
    await opened(modelFiles, { backend }).toThrow(/^files is \{"model_index\.json".*; expected the files of a model\./)
    await opened(files, {}).toThrow('backend is undefined; expected a backend, such as createNodeBackend()')
    await opened(files, { backend: createNodeBackend }).toThrow('backend is a function; expected a backend')
    await opened(files, { backend, steps: 5 }).toThrow(
      'option is "steps"; expected one of backend, onProgress, signal, variant.',
    )
  })

  test('a picture whose result no array could hold is refused before the work', async () => {
    const large = { width: 10_000, height: 7000 }
    const memory = 2 ** 50
    expect(await pipeline.plan(large, { memory })).toMatchObject({ width: 40_000 })
    await expect(pipeline.plan({ ...large, channels: 4 }, { memory })).rejects.toThrow(/Reduce it to 67\.1 megapixels/)
  })

  test('where the backend does not know what is free, the largest tiles are taken', async () => {
    const unsure: Backend = {
      ...backend,
      capabilities: async () => ({ ...(await backend.capabilities()), availableMemory: () => undefined }),
    }
    const own = await LDMSuperResolutionPipeline.fromPretrained(files, { backend: unsure })
    expect((await own.plan({ width: 4000, height: 3000 })).settings.tile).toBe(192)
  })

  test('a picture too large for the memory is refused with what it would need', async () => {
    const small: Backend = {
      ...backend,
      capabilities: async () => ({ ...(await backend.capabilities()), availableMemory: () => 2 ** 20 }),
    }
    const limited = await LDMSuperResolutionPipeline.fromPretrained(files, { backend: small })
    await expect(limited.upscale(picture(64, 64))).rejects.toThrow(
      /^A picture of 64×64 pixels needs about \d+ MiB of memory; 1 MiB is available\. .* with the option "memory" how much may be used\.$/,
    )
  })
})

describe('a model that is not as it should be', () => {
  /** The small model in memory, with one file replaced or left out. */
  async function changed(path: string, content: string | Uint8Array | undefined): Promise<ModelFiles> {
    const contents: Record<string, Uint8Array | string> = {}
    for (const name of await files.list()) {
      const file = await files.open(name)
      contents[name] = await file.read(0, file.size)
    }
    if (content === undefined) delete contents[path]
    else contents[path] = content
    return memoryFiles('broken', contents)
  }
  async function changedJson(path: string, change: Record<string, unknown>): Promise<ModelFiles> {
    const file = await files.open(path)
    return changed(
      path,
      JSON.stringify({ ...JSON.parse(new TextDecoder().decode(await file.read(0, file.size))), ...change }),
    )
  }
  const open = (model: ModelFiles) => LDMSuperResolutionPipeline.fromPretrained(model, { backend })

  test.each([
    ['no index', 'model_index.json', undefined, /broken\/model_index\.json: no such file/],
    ['no weights', 'unet/diffusion_pytorch_model.safetensors', undefined, /broken\/unet: has no weights; looked for/],
    ['no JSON', 'unet/config.json', 'hello', /broken\/unet\/config\.json: is not JSON/],
    ['a list', 'vqvae/config.json', '[]', /holds no JSON object/],
    [
      'cut weights',
      'vqvae/diffusion_pytorch_model.safetensors',
      new Uint8Array(5),
      /diffusion_pytorch_model\.safetensors/,
    ],
  ])('%s', async (_, path, content, message) => {
    await expect(changed(path, content).then(open)).rejects.toThrow(message)
  })

  test.each([
    [
      'another pipeline',
      'model_index.json',
      { _class_name: 'StableDiffusionPipeline' },
      /model_index\.json: "_class_name" is "StableDiffusionPipeline"; expected/,
    ],
    [
      'another network',
      'model_index.json',
      { vqvae: ['diffusers', 'AutoencoderKL'] },
      /"vqvae" is \["diffusers","AutoencoderKL"\]; expected \[a library, "VQModel"\]/,
    ],
    [
      'an unknown scheduler',
      'model_index.json',
      { scheduler: ['diffusers', 'FancyScheduler'] },
      /model_index\.json: "scheduler" is \["diffusers","FancyScheduler"\]; expected a library and one of DDIM/,
    ],
    [
      'pictures of one channel',
      'vqvae/config.json',
      { out_channels: 1 },
      /"out_channels" is 1; expected 3, the colours/,
    ],
    ['classes', 'unet/config.json', { num_class_embeds: 10 }, /"num_class_embeds" is 10; expected null, since/],
    [
      'an unsupported block',
      'unet/config.json',
      { down_block_types: ['KDownBlock2D', 'DownBlock2D', 'DownBlock2D'] },
      /unet\/config\.json: "down_block_types" is .*KDownBlock2D/,
    ],
    [
      'an unsupported option',
      'vqvae/config.json',
      { norm_type: 'spatial' },
      /vqvae\/config\.json: "norm_type" is "spatial"; expected one of "group"/,
    ],
    [
      'groups that do not divide the channels',
      'unet/config.json',
      { add_attention: true, attn_norm_num_groups: 7 },
      /"attn_norm_num_groups" is 7; expected a divisor of 96/,
    ],
    [
      'a wrong number',
      'unet/config.json',
      { layers_per_block: 'two' },
      /"layers_per_block" is "two"; expected a whole number/,
    ],
    [
      'levels that differ',
      'unet/config.json',
      { up_block_types: ['UpBlock2D'] },
      /"up_block_types" is .*; expected 3 entries/,
    ],
    [
      'a missing weight',
      'unet/config.json',
      { layers_per_block: 2 },
      /^Weight "down_blocks\.0\.resnets\.1\.norm1\.weight" is missing .*nearest: "/,
    ],
    [
      'another shape',
      'vqvae/config.json',
      { num_vq_embeddings: 8 },
      /^Weight "quantize\.embedding\.weight" has shape \[16384,3\]; expected \[8,3\]\. Does/,
    ],
    ['channels that do not fit', 'unet/config.json', { in_channels: 4 }, /"in_channels" is 4; expected 6/],
  ])('%s', async (_, path, change, message) => {
    const error = await changedJson(path, change)
      .then(open)
      .catch((reason: unknown) => reason)
    expect(LatentkitError.isInstance(error)).toBe(true)
    expect((error as Error).message).toMatch(message)
  })

  test('the scheduler is the one that model_index.json names', async () => {
    const other = await open(
      await changedJson('model_index.json', { scheduler: ['diffusers', 'EulerDiscreteScheduler'] }),
    )
    expect(other.scheduler.name).toBe('EulerDiscreteScheduler')
  })

  test('a network without weights of a variant is read without it where the other has some', async () => {
    const weights = await files.open('unet/diffusion_pytorch_model.safetensors')
    const model = await changed('unet/diffusion_pytorch_model.fp16.safetensors', await weights.read(0, weights.size))
    const opened = (variant: string) => LDMSuperResolutionPipeline.fromPretrained(model, { backend, variant })
    expect((await opened('fp16')).scale).toBe(4)
    await expect(opened('int4')).rejects.toThrow('broken/unet: has no weights of variant int4')
  })

  test('words that diffusers takes in other forms are taken, too', async () => {
    const unet = {
      act_fn: 'SiLU',
      downsample_type: null,
      upsample_type: null,
      down_block_types: Array(3).fill('UNetResDownBlock2D'),
      up_block_types: Array(3).fill('UNetResUpBlock2D'),
    }
    const small = picture(8, 8)
    const usual = await pipeline.upscale(small)
    const other = await open(await changedJson('unet/config.json', unet))
    expect((await other.upscale(small)).images[0].data).toEqual(usual.images[0].data)
    await open(await changedJson('vqvae/config.json', { lookup_from_codebook: true }))
  })

  test('one network of a model is told from a whole one', async () => {
    const network = memoryFiles('vae', {
      'config.json': new TextEncoder().encode('{ "_class_name": "AutoencoderKL" }'),
      'diffusion_pytorch_model.safetensors': new Uint8Array(16),
    })
    await expect(open(network)).rejects.toThrow(
      'vae: is one network, "AutoencoderKL", not a whole model. Name the folder that holds model_index.json.',
    )
  })

  test('of several weight files one has to be named', async () => {
    const both = memoryFiles('both', { 'model.ckpt': 'a', 'last.ckpt': 'b' })
    await expect(open(both)).rejects.toThrow(
      'both: holds several weight files, and no model_index.json: last.ckpt, model.ckpt. Name one original checkpoint',
    )
  })

  test('an unknown key is told, not refused', async () => {
    const events: ProgressEvent[] = []
    const model = await changedJson('unet/config.json', { new_option: true })
    await LDMSuperResolutionPipeline.fromPretrained(model, { backend, onProgress: (event) => events.push(event) })
    expect(events).toEqual([
      { type: 'warning', code: 'unknown_config_key', message: 'unet/config.json: unknown key "new_option"' },
    ])
  })

  test('a weight that is NaN is found and named', async () => {
    const path = 'unet/diffusion_pytorch_model.safetensors'
    const file = await files.open(path)
    const bytes = (await file.read(0, file.size)).slice()
    const header = JSON.parse(
      new TextDecoder().decode(bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)))),
    )
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)) + header['conv_in.bias'].data_offsets[0]
    new DataView(bytes.buffer).setUint16(start + 6, 0x7e00, true)
    const broken = await open(await changed(path, bytes))
    await expect(broken.upscale(picture(4, 4), { steps: 1 })).rejects.toThrow(
      /^Weight "conv_in\.bias" holds NaN at element 3 in unet\/diffusion_pytorch_model\.safetensors\. The checkpoint is damaged/,
    )
    await broken.dispose()
  })
})

describe.skipIf(!hasShared('pictures/cat-lr.png'))('on photographs', () => {
  const psnr = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    10 *
    Math.log10(255 ** 2 / (Float64Array.from(a).reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length))

  test.each(['cat', 'coffee'])('%s comes closer to the original than Lanczos does', async (name) => {
    const small = await readImage(join(sharedFolder, `pictures/${name}-lr.png`))
    const original = await readImage(join(sharedFolder, `pictures/${name}-hr.png`))
    const { images } = await pipeline.upscale(small)
    expect(images[0]).toMatchObject({ width: original.width, height: original.height })
    const lanczos = resizeImage(small, original, 'lanczos')
    expect(psnr(images[0]!.data, original.data)).toBeGreaterThan(psnr(lanczos.data, original.data))
  })
})
