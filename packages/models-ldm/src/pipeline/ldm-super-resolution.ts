import {
  type Backend,
  hasAlpha,
  InvalidArgumentError,
  imageToTensor,
  type ModelFiles,
  type OnProgress,
  type RasterImage,
  rasterImage,
  resizeImage,
  type Size,
  sampleDepth,
  type Tensor,
  zeroSamples,
} from '@latentkit/core'
import type { NoiseSource, Scheduler } from '@latentkit/schedulers'
import { autoencoderScale } from '../autoencoder/autoencoder-config.ts'
import { unet2DSizeMultiple } from '../unet-2d/unet-2d-model.ts'
import { checkFinite } from './check-finite.ts'
import { crop } from './crop.ts'
import { denoise } from './denoise.ts'
import { finishRows } from './finish-rows.ts'
import { type LoadOptions, loadComponents, type ModelComponents, type ModelDefaults } from './model-components.ts'
import { createNetworkSessions, type InputShape } from './network-sessions.ts'
import { padByReflection } from './pad-by-reflection.ts'
import { type PlanUpscaleOptions, planUpscale, type UpscalePlan } from './plan-upscale.ts'
import { collectRows, runTiles } from './run-tiles.ts'
import { schedulerForModel } from './scheduler-for-model.ts'
import { createUpscaleProgress } from './upscale-progress.ts'

/** How a picture is upscaled. Every option has a default. */
export interface UpscaleOptions extends Pick<PlanUpscaleOptions, 'tile' | 'memory'> {
  /** Denoising steps, 1 to the number of training timesteps. Default: the model's own, else 100. */
  readonly steps?: number | undefined
  /** Share of fresh noise at each step, 0 to 1, for schedulers that know it. Default: the model's own, else 0. */
  readonly eta?: number | undefined
  /** Decides every random number: the same seed gives the same picture. Default 0. */
  readonly seed?: number | bigint | undefined
  /** A scheduler, or the name of one to be made for the model's training schedule, such as `ddim`. Default: the model's own. */
  readonly scheduler?: Scheduler | string | undefined
  /** Iterations that pull the result towards agreement with the small picture. Default: the model's own, else 0. */
  readonly backProjection?: number | undefined
  /** Unit noise to begin with, `[n, latent channels, h, w]` for the padded picture; drawn from the seed otherwise. */
  readonly latents?: Tensor<'float32'> | undefined
  /** Where noise after the first comes from; the seed's generator otherwise. */
  readonly noise?: NoiseSource | undefined
  /**
   * `diffusers` scales the small picture together with the latents, as the reference does by mistake: with schedulers
   * that scale the model's input (Euler, LMS, …) it reproduces the reference's numbers. Default: only latents are scaled.
   */
  readonly compat?: 'diffusers' | undefined
  /** Ends the work between two steps, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: OnProgress | undefined
  /** Sees the latents after each step: `[n, channels, h, w]`. */
  readonly onLatents?: ((step: number, latents: Tensor<'float32'>) => void) | undefined
}

export interface UpscaleResult {
  /** The enlarged pictures: each side `scale` times the input's. */
  readonly images: readonly RasterImage[]
  /** What was used where options were left out. */
  readonly settings: ModelDefaults & { readonly seed: bigint; readonly scheduler: string; readonly tiles: number }
}

/** Latent diffusion super-resolution (Rombach et al. 2022, section 4.4): makes pictures larger. */
export interface LDMSuperResolutionPipeline {
  /** How many times larger each side gets. */
  readonly scale: number
  /** The scheduler that the model comes with. */
  readonly scheduler: Scheduler
  readonly defaults: ModelDefaults
  /** Tells tiles and memory before the work is done. Reads no weights. */
  plan(picture: Size, options?: PlanUpscaleOptions): Promise<UpscalePlan>
  /**
   * Enlarges a picture of any size, keeping its depth, alpha and metadata: what does not fit memory as a whole is done in tiles that are blended at every step.
   * @throws InvalidArgumentError for an option out of range; MemoryError if not even small tiles fit; BackendError; WeightError or
   *   NotFiniteError if the network yields NaN.
   */
  upscale(image: RasterImage, options?: UpscaleOptions): Promise<UpscaleResult>
  /**
   * The same for tensors: `[n, 3, h, w]` in −1…1, sides being multiples of `sizeMultiple`, to `[n, 3, h · scale, w · scale]`.
   * No padding, no back-projection, not clamped.
   */
  upscaleTensor(small: Tensor<'float32'>, options?: UpscaleOptions): Promise<Tensor<'float32'>>
  /** Both sides of what the networks see are multiples of this. */
  readonly sizeMultiple: number
  /** Frees the networks. The backend stays the caller's. */
  dispose(): Promise<void>
}

export interface FromPretrainedOptions extends LoadOptions {
  readonly backend: Backend
  /** Receives warnings about odd configurations. */
  readonly onProgress?: OnProgress | undefined
}

export const LDMSuperResolutionPipeline: {
  /**
   * Opens a model in diffusers layout. Configurations and the presence of all weights are checked; networks are made
   * when a picture's size is known.
   * @throws ModelFilesError, ConfigError, CheckpointError or WeightError, naming file and key.
   */
  fromPretrained(files: ModelFiles, options: FromPretrainedOptions): Promise<LDMSuperResolutionPipeline>
} = {
  async fromPretrained(files, { backend, onProgress, ...options }) {
    const components = await loadComponents(files, options)
    for (const message of components.warnings) onProgress?.({ type: 'warning', code: 'unknown_config_key', message })
    return createPipeline(backend, components)
  },
}

function createPipeline(backend: Backend, components: ModelComponents): LDMSuperResolutionPipeline {
  const { unet, vqvae, defaults } = components
  const sessions = createNetworkSessions(backend, components)
  const scale = autoencoderScale(vqvae.config)
  const sizeMultiple = unet2DSizeMultiple(unet.config)
  let disposed = false

  const resolveScheduler = (scheduler: UpscaleOptions['scheduler'] = components.scheduler) =>
    typeof scheduler === 'string' ? schedulerForModel(scheduler, components.schedulerConfig) : scheduler
  const plan = async (picture: Size, options: PlanUpscaleOptions = {}) =>
    planUpscale(components, await backend.capabilities(), picture, options)

  /** Denoises at once and decodes as the rows are asked for. */
  async function start(small: Tensor<'float32'>, { grid, tiles }: UpscalePlan, options: UpscaleOptions) {
    if (disposed)
      throw new InvalidArgumentError({ argument: 'pipeline', value: 'disposed', expected: 'a pipeline in use' })
    const { signal, onProgress, onLatents, compat, steps = defaults.steps, eta = defaults.eta, seed = 0 } = options
    const sampling = resolveScheduler(options.scheduler).plan({ steps, eta })
    for (const { code, message } of sampling.warnings) onProgress?.({ type: 'warning', code, message })
    const progress = createUpscaleProgress(sampling.stages.length, tiles, onProgress)
    const shape = { batch: small.shape[0]!, height: grid.rows.tile, width: grid.columns.tile }
    signal?.throwIfAborted()
    progress.stage('load')
    const denoiser = await sessions.unet(shape, signal)
    const decoder = await sessions.decoder(shape, signal)

    progress.stage('denoise')
    const latents = await denoise({
      plan: sampling,
      grid,
      unet: denoiser,
      small,
      channels: vqvae.config.vqEmbedDim,
      seed,
      latents: options.latents,
      noise: options.noise,
      compat,
      signal,
      check: (output) => checkFinite(output, 'The output of the UNet', unet.weights),
      onTile: progress.tile,
      onStep(step, value) {
        onLatents?.(step, value)
        progress.step(step)
      },
    })

    progress.stage('decode')
    const rows = runTiles(grid, scale, async (area) => {
      signal?.throwIfAborted()
      const tile = (await decoder.run({ latents: crop(latents, area) }, { signal })).sample as Tensor<'float32'>
      await checkFinite(tile, 'The decoded picture', vqvae.weights)
      progress.tile()
      return tile
    })
    return { rows, progress }
  }

  return {
    scale,
    sizeMultiple,
    scheduler: components.scheduler,
    defaults,
    plan,
    async upscaleTensor(small, options = {}) {
      const { batch, height, width } = checkInput(small, sizeMultiple)
      const { rows } = await start(small, await plan({ width, height }, { ...options, batch }), options)
      return collectRows(rows, height * scale)
    },
    async upscale(image, options = {}) {
      const { backProjection = defaults.backProjection, steps = defaults.steps, eta = defaults.eta, seed = 0 } = options
      if (!Number.isInteger(backProjection) || backProjection < 0) {
        throw new InvalidArgumentError({
          argument: 'backProjection',
          value: backProjection,
          expected: 'a whole number from 0',
        })
      }
      const scheduler = resolveScheduler(options.scheduler)
      const { signal } = options
      const small = imageToTensor(image)
      const planned = await plan(image, options)
      const padded = padByReflection(small, planned.paddedHeight, planned.paddedWidth)
      const { rows, progress } = await start(padded, planned, { ...options, scheduler })
      const openProjection = (height: number) =>
        sessions.correction(
          { batch: 1, height, width: image.width, scale, wavelet: false, iterations: backProjection },
          signal,
        )
      const colours = await finishRows(rows, {
        small,
        scale,
        depth: sampleDepth(image),
        iterations: backProjection,
        openProjection,
        signal,
      })
      progress.stage('finish')
      return {
        images: [withRestOf(image, colours)],
        settings: { steps, eta, backProjection, seed: BigInt(seed), scheduler: scheduler.name, tiles: planned.tiles },
      }
    },
    async dispose() {
      disposed = true
      await sessions.dispose()
    },
  }
}

function checkInput(small: Tensor<'float32'>, multiple: number): InputShape {
  const [batch, channels, height, width] = small.shape
  const fits = small.shape.length === 4 && channels === 3 && height! % multiple === 0 && width! % multiple === 0
  if (!fits) {
    const expected = `a shape [n, 3, height, width] with sides that are multiples of ${multiple}`
    throw new InvalidArgumentError({ argument: 'image', value: small.shape, expected })
  }
  return { batch: batch!, height: height!, width: width! }
}

/** Gives the enlarged colours the transparency of the small picture, enlarged by itself, and its metadata. */
function withRestOf(small: RasterImage, { width, height, channels, data }: RasterImage): RasterImage {
  if (!hasAlpha(small)) return rasterImage(width, height, channels, data, small.metadata)
  const depth = sampleDepth(small)
  const alpha = zeroSamples(small.width * small.height, depth)
  for (let pixel = 0; pixel < alpha.length; pixel++) alpha[pixel] = small.data[(pixel + 1) * small.channels - 1]!
  const enlarged = resizeImage(rasterImage(small.width, small.height, 1, alpha), { width, height }, 'bicubic').data
  const joined = zeroSamples(width * height * 4, depth)
  for (let pixel = 0; pixel < enlarged.length; pixel++) {
    for (let c = 0; c < 3; c++) joined[pixel * 4 + c] = data[pixel * 3 + c]!
    joined[pixel * 4 + 3] = enlarged[pixel]!
  }
  return rasterImage(width, height, 4, joined, small.metadata)
}
