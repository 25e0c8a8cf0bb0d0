import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend, openDiskFile, openModel } from '@latentkit/backend-node'
import { fromCompVis, readCheckpoint, readTensor, type TensorIndex, tensorEntry } from '@latentkit/checkpoints'
import {
  CheckpointError,
  ConfigError,
  createTorchGenerator,
  float32,
  ModelFilesError,
  memoryFile,
  memoryFiles,
  rasterImage,
  type Tensor,
} from '@latentkit/core'
import { largestDifference, relativeDifference } from '@latentkit/core/testing'
import type { Graph } from '@latentkit/onnx-graph'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
// Tests of this package write the same hand-made files as those of the package that reads them.
import { write } from '../../../checkpoints/src/pickle/pickle-fixture.ts'
import { safetensorsBytes } from '../../../checkpoints/src/safetensors/write-safetensors-fixture.ts'
import { joinParts } from '../../../checkpoints/src/sparse-fixture.ts'
import { rowMajorStrides } from '../../../checkpoints/src/tensor-entry.ts'
import { torchZipParts } from '../../../checkpoints/src/torch/write-torch-fixture.ts'
import {
  buildUNet2D,
  buildVQDecoder,
  buildVQEncoder,
  createGraphSession,
  LDMSuperResolutionPipeline,
  parseUNet2DConfig,
  parseVQConfig,
  prepareWeights,
  readQuantizer,
  type WeightSource,
} from '../index.ts'
import { hasShared, openReference, sharedFolder } from '../shared-fixture.ts'
import { originalSchedulerConfig } from './original-scheduler-config.ts'
import { originalUNetConfig } from './original-unet-config.ts'
import { originalVQConfig } from './original-vq-config.ts'

const backend = createNodeBackend()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
})
afterAll(async () => {
  await backend.dispose()
  await rm(folder, { recursive: true })
})

const published = {
  unet: {
    in_channels: 6,
    out_channels: 3,
    block_out_channels: [160, 320, 320, 640],
    layers_per_block: 2,
    attention_head_dim: 32,
    down_block_types: ['DownBlock2D', 'DownBlock2D', 'DownBlock2D', 'AttnDownBlock2D'],
    up_block_types: ['AttnUpBlock2D', 'UpBlock2D', 'UpBlock2D', 'UpBlock2D'],
  },
  vqvae: {
    block_out_channels: [128, 256, 512],
    down_block_types: Array(3).fill('DownEncoderBlock2D'),
    up_block_types: Array(3).fill('UpDecoderBlock2D'),
    layers_per_block: 2,
    num_vq_embeddings: 8192,
  },
  scheduler: {
    _class_name: 'DDIMScheduler',
    beta_schedule: 'scaled_linear',
    beta_start: 0.0015,
    beta_end: 0.0155,
    clip_sample: false,
    set_alpha_to_one: true,
    steps_offset: 1,
  },
}

/** The names and shapes of the published checkpoint's original form, from the class that its authors published. */
const originalShapes = JSON.parse(
  await readFile(join(import.meta.dirname, '../../../checkpoints/src/__fixtures__/compvis_mapping.json'), 'utf8'),
).original_keys as Record<string, number[]>

function indexOf(shapes: Readonly<Record<string, readonly number[]>>): TensorIndex {
  const file = memoryFile('model.ckpt', new Uint8Array(0))
  const tensors = Object.entries(shapes).map(([name, shape]) =>
    tensorEntry({ name, dtype: 'float32', shape, file, offset: 0 }),
  )
  const entries = new Map(tensors.map((entry) => [entry.name, entry]))
  return { name: 'model.ckpt', format: 'torch-zip', linearLayout: 'output-input', metadata: {}, tensors: entries }
}

describe('what a network is, is told from its tensors', () => {
  const full = indexOf(originalShapes)
  const vqvae = fromCompVis(full, { part: 'vqvae' })

  test('the published model', () => {
    const unet = fromCompVis(full, { part: 'unet', attentionHeadDim: 32, weights: 'trained' })
    expect(parseUNet2DConfig(originalUNetConfig(unet))).toEqual(parseUNet2DConfig(published.unet))
    expect(parseVQConfig(originalVQConfig(vqvae))).toEqual(parseVQConfig(published.vqvae))
  })

  test('an autoencoder without codes is refused', () => {
    const tensors = new Map([...vqvae.tensors].filter(([name]) => !name.startsWith('quantize')))
    expect(() => originalVQConfig({ ...vqvae, tensors })).toThrow(
      /^model\.ckpt: tensor "quantize\.embedding\.weight" is missing/,
    )
  })

  test('the betas of its training, or those of the published model', async () => {
    expect(await originalSchedulerConfig(vqvae)).toMatchObject({ beta_start: 0.0015, beta_end: 0.0155 })
    const file = memoryFile('model.ckpt', new Uint8Array(Float32Array.of(0.25, 0.5).buffer))
    const betas = tensorEntry({ name: 'betas', dtype: 'float32', shape: [2], file, offset: 0 })
    const withBetas = { ...vqvae, tensors: new Map([['betas', betas]]) }
    expect(await originalSchedulerConfig(withBetas)).toMatchObject({
      num_train_timesteps: 2,
      trained_betas: [0.25, 0.5],
    })
    // The published betas as bfloat16 keeps them are the published schedule.
    const exact = Float32Array.from({ length: 1000 }, (_, i) => {
      return (Math.sqrt(0.0015) + ((Math.sqrt(0.0155) - Math.sqrt(0.0015)) * i) / 999) ** 2
    })
    const halves = new Uint16Array(new Uint32Array(exact.buffer).map((bits) => (bits + 0x8000) >>> 16))
    const halved = (values: Uint16Array) => {
      const bytes = memoryFile('model.ckpt', new Uint8Array(values.buffer))
      const entry = tensorEntry({ name: 'betas', dtype: 'bfloat16', shape: [values.length], file: bytes, offset: 0 })
      return originalSchedulerConfig({ ...vqvae, tensors: new Map([['betas', entry]]) })
    }
    expect(await halved(halves)).toEqual(await originalSchedulerConfig(vqvae))
    // 0.25 and 0.5.
    expect(await halved(Uint16Array.of(0x3e80, 0x3f00))).toMatchObject({ trained_betas: [0.25, 0.5] })
    const wrong = tensorEntry({ ...betas, shape: [1, 2] })
    await expect(originalSchedulerConfig({ ...vqvae, tensors: new Map([['betas', wrong]]) })).rejects.toThrow(
      /tensor "betas" is float32 \[1, 2\], expected one floating number for each timestep/,
    )
  })
})

describe.skipIf(!hasShared('fixtures/compvis/tiny'))('CompVis’ own numbers', () => {
  const tiny = join(sharedFolder, 'fixtures/compvis/tiny')
  // What no tensor tells, and the tiny checkpoint has otherwise than CompVis' models.
  const untold = { norm_num_groups: 4, attention_head_dim: 8 }

  async function run(graph: Graph, weights: WeightSource, inputs: Record<string, Tensor>) {
    const session = await createGraphSession(backend, graph, weights)
    const outputs = await session.run(inputs)
    await session.dispose()
    return outputs
  }
  function agree(actual: Tensor | undefined, expected: Tensor<'float32'>): void {
    expect(actual?.shape).toEqual(expected.shape)
    expect(relativeDifference(actual!.data as Float32Array, expected.data)).toBeLessThan(2e-5)
  }

  test.each([
    ['trained', 'compvis_output'],
    ['ema', 'diffusers_output_ema'],
  ] as const)('the UNet with the %s weights', async (weights, output) => {
    const { index, read } = await openReference(join(tiny, 'io.safetensors'))
    const checkpoint = await readCheckpoint(await openDiskFile(join(tiny, 'model.ckpt')))
    const unet = fromCompVis(checkpoint, { part: 'unet', attentionHeadDim: 8, weights })
    const config = parseUNet2DConfig({ ...originalUNetConfig(unet), ...untold })
    const source = await prepareWeights(unet)
    for (let i = 0; index.tensors.has(`unet${i}.sample`); i++) {
      const sample = await read(`unet${i}.sample`)
      const [batch, , height, width] = sample.shape as [number, number, number, number]
      const timestep = float32([batch], Array.from((await read(`unet${i}.timestep`)).data, Number))
      const graph = buildUNet2D(config, source, { batch, height, width })
      agree((await run(graph, source, { sample, timestep })).output, await read(`unet${i}.${output}`))
    }
    expect.hasAssertions()
  })

  test('the autoencoder', async () => {
    const { index, read } = await openReference(join(tiny, 'io.safetensors'))
    const checkpoint = await readCheckpoint(await openDiskFile(join(tiny, 'model.ckpt')))
    const vqvae = fromCompVis(checkpoint, { part: 'vqvae' })
    const config = parseVQConfig({ ...originalVQConfig(vqvae), norm_num_groups: untold.norm_num_groups })
    const source = await prepareWeights(vqvae)
    for (let i = 0; index.tensors.has(`vq${i}.sample`); i++) {
      const sample = await read(`vq${i}.sample`)
      const latents = await read(`vq${i}.latents`)
      const [batch, , height, width] = sample.shape as [number, number, number, number]
      const encoder = buildVQEncoder(config, source, { batch, height, width })
      agree((await run(encoder, source, { sample })).latents, await read(`vq${i}.compvis_encode`))
      const small = { batch, height: latents.shape[2]!, width: latents.shape[3]! }
      const decoder = buildVQDecoder(config, source, small)
      const codes = (await readQuantizer(config, source)).quantize(latents)
      agree((await run(decoder, source, { latents: codes.latents })).sample, await read(`vq${i}.compvis_decode`))
    }
    expect.hasAssertions()
  })

  test('what CompVis’ models have otherwise is refused', async () => {
    const opened = LDMSuperResolutionPipeline.fromPretrained(await openModel(join(tiny, 'model.ckpt')), { backend })
    await expect(opened).rejects.toThrow(CheckpointError)
    await expect(opened).rejects.toThrow(/has 48 rows, expected three times a multiple of the attention head dim 32/)
  })
})

/** The published architecture, a fifth (UNet) and a quarter (autoencoder) as wide, with random weights: trained and averaged. */
function narrowTensors(): Map<string, Tensor<'float32'>> {
  const generator = createTorchGenerator(3)
  const narrow = (name: string, size: number) => {
    if (name.includes('quantize')) return Math.min(size, 64)
    return name.startsWith('first_stage_model') ? (size >= 128 ? size / 4 : size) : size >= 160 ? size / 5 : size
  }
  const tensors = new Map<string, Tensor<'float32'>>()
  for (const [name, published] of Object.entries(originalShapes)) {
    if (!/^(model|first_stage_model)\./.test(name)) continue
    const shape = published.map((size) => narrow(name, size))
    const spread = shape.length === 1 ? 0.1 : 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1))
    const isScale = shape.length === 1 && name.endsWith('weight')
    const values = () =>
      float32(
        shape,
        Float32Array.from(generator.randn(shape).data, (value) => value * spread + (isScale ? 1 : 0)),
      )
    tensors.set(name, values())
    if (name.startsWith('model.')) {
      tensors.set(`model_ema.${name.slice('model.'.length).replaceAll('.', '')}`, values())
    }
  }
  tensors.set('model_ema.num_updates', float32([], [1]))
  const root = Array.from({ length: 1000 }, (_, i) => 0.0015 ** 0.5 + (i / 999) * (0.0155 ** 0.5 - 0.0015 ** 0.5))
  return tensors.set(
    'betas',
    float32(
      [1000],
      root.map((value) => value * value),
    ),
  )
}

const bytesOf = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** As Lightning saves it. */
function lightningFile(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const items = [...tensors].map(([name, { shape, data }], i) => {
    const storage = write.storage('FloatStorage', `${i}`, data.length)
    return [name, write.tensor(storage, 0, shape, rowMajorStrides(shape))] as const
  })
  const storages = Object.fromEntries([...tensors.values()].map((tensor, i) => [`${i}`, bytesOf(tensor)]))
  const value = write.dict([
    ['epoch', write.int(3)],
    ['pytorch-lightning_version', write.text('1.4.2')],
    ['state_dict', write.dict(items)],
  ])
  return joinParts(torchZipParts(value, storages))
}

/** The same network as diffusers keeps it. */
async function diffusersFile(index: TensorIndex): Promise<Uint8Array> {
  const header: Record<string, object> = {}
  const parts: Uint8Array[] = []
  let offset = 0
  for (const entry of index.tensors.values()) {
    const bytes = bytesOf(await readTensor(entry))
    header[entry.name] = { dtype: 'F32', shape: entry.shape, data_offsets: [offset, offset + bytes.length] }
    parts.push(bytes)
    offset += bytes.length
  }
  return safetensorsBytes(header, joinParts(parts))
}

describe('an original checkpoint is a model', () => {
  const tensors = narrowTensors()
  let path: string
  beforeAll(async () => {
    path = join(folder, 'model.ckpt')
    await writeFile(path, lightningFile(tensors))
  })
  const picture = rasterImage(
    13,
    9,
    3,
    Uint8Array.from({ length: 13 * 9 * 3 }, (_, i) => (i * 37) % 256),
  )
  const upscale = async (files: Awaited<ReturnType<typeof openModel>>) => {
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    const { images } = await pipeline.upscale(picture, { steps: 3, seed: 1, colour: 'none' })
    await pipeline.dispose()
    return images[0]!
  }

  test('that gives the picture that its averaged weights give in diffusers layout', async () => {
    const image = await upscale(await openModel(path))
    expect(image).toMatchObject({ width: 52, height: 36 })

    const original = await readCheckpoint(await openDiskFile(path))
    const laidOut = async (weights: 'ema' | 'trained') =>
      memoryFiles('diffusers', {
        'model_index.json': JSON.stringify({
          _class_name: 'LDMSuperResolutionPipeline',
          unet: ['diffusers', 'UNet2DModel'],
          vqvae: ['diffusers', 'VQModel'],
          scheduler: ['diffusers', 'DDIMScheduler'],
        }),
        'scheduler/scheduler_config.json': JSON.stringify(published.scheduler),
        'unet/config.json': JSON.stringify({ ...published.unet, block_out_channels: [32, 64, 64, 128] }),
        'vqvae/config.json': JSON.stringify({
          ...published.vqvae,
          block_out_channels: [32, 64, 128],
          num_vq_embeddings: 64,
        }),
        'unet/diffusion_pytorch_model.safetensors': await diffusersFile(
          fromCompVis(original, { part: 'unet', attentionHeadDim: 32, weights }),
        ),
        'vqvae/diffusion_pytorch_model.safetensors': await diffusersFile(fromCompVis(original, { part: 'vqvae' })),
      })
    const difference = (other: ArrayLike<number>) => largestDifference(image.data, other)
    expect(difference((await upscale(await laidOut('ema'))).data)).toBeLessThanOrEqual(1)
    expect(difference((await upscale(await laidOut('trained'))).data)).toBeGreaterThan(20)
  })

  test('alone in a folder, too', async () => {
    expect(existsSync(path)).toBe(true)
    await LDMSuperResolutionPipeline.fromPretrained(await openModel(folder), { backend })
  })

  test('of something other than super-resolution is refused', async () => {
    const input = float32([32, 3, 3, 3], new Float32Array(32 * 27))
    const unconditional = new Map(tensors)
      .set('model.diffusion_model.input_blocks.0.0.weight', input)
      .set('model_ema.diffusion_modelinput_blocks00weight', input)
    const files = memoryFiles('unconditional', { 'model.ckpt': lightningFile(unconditional) })
    const opened = LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    await expect(opened).rejects.toThrow(ConfigError)
    await expect(opened).rejects.toThrow(/^model\.ckpt \(UNet\): "in_channels" is 3; expected 6/)
  })

  test('scaled latents and an autoencoder without codes are refused by name', async () => {
    const opened = (change: (tensors: Map<string, Tensor<'float32'>>) => unknown) => {
      const changed = new Map(tensors)
      change(changed)
      const files = memoryFiles('other', { 'model.ckpt': lightningFile(changed) })
      return LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    }
    await opened((all) => all.set('scale_factor', float32([], [1])))
    await expect(opened((all) => all.set('scale_factor', float32([], [0.5])))).rejects.toThrow(
      'model.ckpt: tensor "scale_factor" is 0.5; expected 1: models that were trained on scaled latents are not run here',
    )
    const withoutCodes = opened((all) => all.delete('first_stage_model.quantize.embedding.weight'))
    await expect(withoutCodes).rejects.toThrow(
      /is missing: an autoencoder without codes, such as a KL autoencoder, is no VQ/,
    )
    // An averaged copy of the autoencoder, as some of CompVis' were trained with.
    await opened((all) => all.set('first_stage_model.model_ema.decay', float32([], [1])))
  })

  test('averaged weights are taken without the number of their steps, too', async () => {
    const image = await upscale(await openModel(path))
    const without = new Map(tensors)
    without.delete('model_ema.num_updates')
    expect((await upscale(memoryFiles('pruned', { 'model.ckpt': lightningFile(without) }))).data).toEqual(image.data)
  })

  test('a file that is something else is told by its format', async () => {
    const files = memoryFiles('photo', { 'photo.png': Uint8Array.of(0x89, 0x50, 0x4e, 0x47) })
    await expect(LDMSuperResolutionPipeline.fromPretrained(files, { backend })).rejects.toThrow(
      /^photo\.png: is of no known format: it begins with 89 50 4e 47\. Expected safetensors/,
    )
  })

  test('other weights in one file are refused', async () => {
    const files = memoryFiles('other', { 'w.ckpt': lightningFile(new Map([['a', float32([1], [0])]])) })
    const opened = LDMSuperResolutionPipeline.fromPretrained(files, { backend })
    await expect(opened).rejects.toThrow(ModelFilesError)
    await expect(opened).rejects.toThrow(/^other: holds weights, but not under the names of CompVis/)
  })
})
