import { ConfigError, type ModelFiles, readJson } from '@latentkit/core'
import { type Scheduler, schedulerFromConfig } from '@latentkit/schedulers'
import { readQuantizer, type VectorQuantizer } from '../autoencoder/quantizer.ts'
import { parseVQConfig, type VQConfig } from '../autoencoder/vq-config.ts'
import { buildVQDecoder } from '../autoencoder/vq-model.ts'
import { type ConfigJson, createConfigReader } from '../config-reader.ts'
import type { ModelParts } from '../model-parts.ts'
import { parseUNet2DConfig, type UNet2DConfig } from '../unet-2d/unet-2d-config.ts'
import { buildUNet2D, unet2DSizeMultiple } from '../unet-2d/unet-2d-model.ts'
import { prepareWeights, type WeightSource } from '../weight-source.ts'
import { type ColourMode, colourModes } from './colour-mode.ts'
import { type LoadOptions, readModelParts } from './read-model-parts.ts'

/** How a model is meant to be run, where the caller does not say. */
export interface ModelDefaults {
  readonly steps: number
  readonly eta: number
  /** Iterations of back-projection. */
  readonly backProjection: number
  /** The same for pictures that come from a JPEG file, whose traces it would bring out. */
  readonly backProjectionOfJpeg: number
  readonly colour: ColourMode
}

/** The parts of a super-resolution model, read and checked. */
export interface ModelComponents {
  readonly name: string
  readonly unet: { readonly config: UNet2DConfig; readonly weights: WeightSource }
  readonly vqvae: { readonly config: VQConfig; readonly weights: WeightSource; readonly quantizer: VectorQuantizer }
  readonly scheduler: Scheduler
  /** The configuration that the scheduler was made from. */
  readonly schedulerConfig: ConfigJson
  readonly defaults: ModelDefaults
  /** What was odd in the configurations. */
  readonly warnings: readonly string[]
}

/**
 * Reads a super-resolution model, a `LDMSuperResolutionPipeline` in diffusers layout or an original checkpoint, and checks that
 * every weight is there in the right shape. Of the weights only the codes are read.
 * @throws ModelFilesError, ConfigError, CheckpointError, WeightError, each naming file and key.
 */
export async function loadComponents(files: ModelFiles, options: LoadOptions = {}): Promise<ModelComponents> {
  const parts = await readModelParts(files, options)
  const unetConfig = parseUNet2DConfig(parts.unet.config, parts.unet.source)
  const vqConfig = parseVQConfig(parts.vqvae.config, parts.vqvae.source)
  checkFit(unetConfig, vqConfig, parts)
  const schedulerConfig = parts.scheduler.config
  const scheduler = schedulerFromConfig(schedulerConfig)
  const unet = { config: unetConfig, weights: await prepareWeights(parts.unet.checkpoint, files) }
  const vqWeights = await prepareWeights(parts.vqvae.checkpoint, files)
  const vqvae = { config: vqConfig, weights: vqWeights, quantizer: await readQuantizer(vqConfig, vqWeights) }

  // Building the smallest graphs asks for every weight.
  const side = unet2DSizeMultiple(unetConfig)
  buildUNet2D(unet.config, unet.weights, { batch: 1, height: side, width: side })
  buildVQDecoder(vqvae.config, vqvae.weights, { batch: 1, height: 1, width: 1 })

  const unknown = [
    ...unetConfig.unknownKeys.map((key) => `${parts.unet.source}: unknown key "${key}"`),
    ...vqConfig.unknownKeys.map((key) => `${parts.vqvae.source}: unknown key "${key}"`),
    ...scheduler.warnings.map((warning) => `${parts.scheduler.source}: ${warning.message}`),
  ]
  const defaults = await readModelDefaults(files)
  return { name: files.name, unet, vqvae, scheduler, schedulerConfig, defaults, warnings: unknown }
}

function checkFit(unet: UNet2DConfig, vqvae: VQConfig, parts: ModelParts): void {
  const { source } = parts.unet
  const latents = vqvae.vqEmbedDim
  const refuse = (key: string, value: number, expected: string) => new ConfigError({ source, key, value, expected })
  if (unet.outChannels !== latents)
    throw refuse('out_channels', unet.outChannels, `${latents}, the channels of the latents`)
  if (unet.inChannels !== latents + 3) {
    throw refuse('in_channels', unet.inChannels, `${latents + 3}: the latents and the colours of the small picture`)
  }
  if (unet.classEmbedding !== 'none') {
    const key = unet.classEmbedding === 'index' ? 'num_class_embeds' : 'class_embed_type'
    const value = unet.classEmbedding === 'index' ? unet.numClassEmbeds : unet.classEmbedding
    throw new ConfigError({ source, key, value, expected: 'null, since pictures have no class here' })
  }
  if (vqvae.outChannels !== 3) {
    const expected = '3, the colours of a picture'
    throw new ConfigError({ source: parts.vqvae.source, key: 'out_channels', value: vqvae.outChannels, expected })
  }
}

/**
 * `latentkit.json` beside `model_index.json` says how a model wants to be run; without it the reference's defaults hold.
 * @throws ModelFilesError or ConfigError if that file is none.
 */
export async function readModelDefaults(files: ModelFiles): Promise<ModelDefaults> {
  const source = 'latentkit.json'
  const json = (await files.list()).includes(source) ? await readJson(files, source) : {}
  const read = createConfigReader(source, json)
  const backProjection = read.integer('back_projection', 0, 0)
  return {
    steps: read.integer('steps', 100),
    eta: read.number('eta', 0),
    backProjection,
    backProjectionOfJpeg: read.integer('back_projection_of_jpeg', backProjection, 0),
    colour: read.choice('colour', colourModes, 'wavelet'),
  }
}
