import {
  type Backend,
  createTorchGenerator,
  float32,
  hasAlpha,
  InvalidArgumentError,
  imageToTensor,
  type ModelFiles,
  type OnProgress,
  type RasterImage,
  rasterImage,
  resizeImage,
  sameShape,
  type Tensor,
  tensorToImage,
} from '@latentkit/core'
import { type NoiseSource, type Scheduler, sample, startFromNoise } from '@latentkit/schedulers'
import { autoencoderScale } from '../autoencoder/autoencoder-config.ts'
import { unet2DSizeMultiple } from '../unet-2d/unet-2d-model.ts'
import { backProject } from './back-project.ts'
import { checkFinite } from './check-finite.ts'
import { concatenateChannels } from './concatenate-channels.ts'
import { type LoadOptions, loadComponents, type ModelComponents, type ModelDefaults } from './model-components.ts'
import { namedScheduler } from './named-scheduler.ts'
import { createNetworkSessions, type NetworkSessions, type Networks } from './network-sessions.ts'
import { crop, padByReflection } from './pad-tensor.ts'
import { createStepTimer } from './step-timer.ts'

/** How a picture is upscaled. Every option has a default. */
export interface UpscaleOptions {
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
  readonly settings: ModelDefaults & { readonly seed: bigint; readonly scheduler: string }
}

/** Latent diffusion super-resolution (Rombach et al. 2022, section 4.4): makes pictures larger. */
export interface LDMSuperResolutionPipeline {
  /** How many times larger each side gets. */
  readonly scale: number
  /** The scheduler that the model comes with. */
  readonly scheduler: Scheduler
  readonly defaults: ModelDefaults
  /**
   * Enlarges a picture of any size that fits memory.
   * @throws InvalidArgumentError for an option out of range; MemoryError for too large a picture; BackendError; WeightError or
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
    return createPipeline(components, createNetworkSessions(backend, components))
  },
}

function createPipeline(components: ModelComponents, sessions: NetworkSessions): LDMSuperResolutionPipeline {
  const { unet, vqvae, defaults } = components
  const scale = autoencoderScale(vqvae.config)
  const sizeMultiple = unet2DSizeMultiple(unet.config)
  let disposed = false
  const resolveScheduler = (scheduler: UpscaleOptions['scheduler'] = components.scheduler) =>
    typeof scheduler === 'string' ? namedScheduler(scheduler, components.schedulerConfig) : scheduler

  async function upscaleTensor(small: Tensor<'float32'>, options: UpscaleOptions = {}): Promise<Tensor<'float32'>> {
    if (disposed)
      throw new InvalidArgumentError({ argument: 'pipeline', value: 'disposed', expected: 'a pipeline in use' })
    const { signal, onProgress, onLatents, compat, steps = defaults.steps, eta = defaults.eta, seed = 0 } = options
    const scheduler = resolveScheduler(options.scheduler)
    const [batch, , height, width] = checkInput(small, sizeMultiple)
    const plan = scheduler.plan({ steps, eta })
    for (const { code, message } of plan.warnings) onProgress?.({ type: 'warning', code, message })
    const generator = createTorchGenerator(seed)
    const noise = options.noise ?? ((shape) => generator.randn(shape))
    const latentShape = [batch, vqvae.config.vqEmbedDim, height, width]
    const latents = options.latents ?? generator.randn(latentShape)
    if (!sameShape(latents.shape, latentShape)) {
      throw new InvalidArgumentError({
        argument: 'latents',
        value: latents.shape,
        expected: `the shape [${latentShape}]`,
      })
    }
    signal?.throwIfAborted()
    onProgress?.({ type: 'stage', stage: 'load' })
    const networks: Networks = await sessions.open({ batch, height, width }, signal)

    onProgress?.({ type: 'stage', stage: 'denoise' })
    const tellStep = createStepTimer(plan.stages.length, onProgress)
    let current = startFromNoise(plan, latents)
    const model = async (scaled: Tensor<'float32'>, timestep: number, stage: { readonly inputScale: number }) => {
      const picture =
        compat === 'diffusers'
          ? float32(
              small.shape,
              small.data.map((value) => value * stage.inputScale),
            )
          : small
      const timesteps = float32([batch], Array<number>(batch).fill(timestep))
      const { output } = await networks.unet.run(
        { sample: concatenateChannels(scaled, picture), timestep: timesteps },
        { signal },
      )
      await checkFinite(output as Tensor<'float32'>, 'The output of the UNet', unet.weights)
      return output as Tensor<'float32'>
    }
    for await (const step of sample(plan, { initial: current, model, noise, ...(signal && { signal }) })) {
      current = step.sample
      onLatents?.(step.index + 1, current)
      tellStep(step.index + 1)
    }

    onProgress?.({ type: 'stage', stage: 'decode' })
    const decoded = (await networks.decoder.run({ latents: current }, { signal })).sample as Tensor<'float32'>
    await checkFinite(decoded, 'The decoded picture', vqvae.weights)
    signal?.throwIfAborted()
    return decoded
  }

  return {
    scale,
    sizeMultiple,
    scheduler: components.scheduler,
    defaults,
    upscaleTensor,
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
      const small = imageToTensor(image)
      const roundUp = (side: number) => Math.ceil(side / sizeMultiple) * sizeMultiple
      const padded = padByReflection(small, roundUp(image.height), roundUp(image.width))
      const decoded = await upscaleTensor(padded, { ...options, scheduler })
      options.onProgress?.({ type: 'stage', stage: 'finish' })
      const cropped = crop(decoded, image.height * scale, image.width * scale)
      const colours = tensorToImage(backProject(cropped, small, backProjection))
      return {
        images: [hasAlpha(image) ? withAlphaOf(colours, image) : colours],
        settings: { steps, eta, backProjection, seed: BigInt(seed), scheduler: scheduler.name },
      }
    },
    async dispose() {
      disposed = true
      await sessions.dispose()
    },
  }
}

function checkInput(small: Tensor<'float32'>, multiple: number): [number, number, number, number] {
  const [, channels, height, width] = small.shape
  const fits = small.shape.length === 4 && channels === 3 && height! % multiple === 0 && width! % multiple === 0
  if (!fits) {
    const expected = `a shape [n, 3, height, width] with sides that are multiples of ${multiple}`
    throw new InvalidArgumentError({ argument: 'image', value: small.shape, expected })
  }
  return small.shape as unknown as [number, number, number, number]
}

/** Gives the enlarged colours the transparency of the small picture, enlarged by itself. */
function withAlphaOf(colours: RasterImage, small: RasterImage): RasterImage {
  const alpha = small.data.filter((_, i) => i % small.channels === small.channels - 1)
  const enlarged = resizeImage(rasterImage(small.width, small.height, 1, alpha), colours, 'bicubic').data
  const data = new Uint8Array(colours.width * colours.height * 4)
  for (let pixel = 0; pixel < enlarged.length; pixel++) {
    data.set(colours.data.subarray(pixel * 3, pixel * 3 + 3), pixel * 4)
    data[pixel * 4 + 3] = enlarged[pixel]!
  }
  return rasterImage(colours.width, colours.height, 4, data)
}
