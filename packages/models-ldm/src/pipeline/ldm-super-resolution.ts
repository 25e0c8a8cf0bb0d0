import {
  assertImage,
  type Backend,
  imageToTensor,
  type ModelFiles,
  type RasterImage,
  resizeImage,
  type SampleDepth,
  type Size,
  sampleDepth,
  type Tensor,
  untilAborted,
} from '@latentkit/core'
import type { Scheduler } from '@latentkit/schedulers'
import { autoencoderScale } from '../autoencoder/autoencoder-config.ts'
import { unet2DSizeMultiple } from '../unet-2d/unet-2d-model.ts'
import { assertUpscaleOptions } from './assert-upscale-options.ts'
import { createCalls } from './calls.ts'
import { checkInput } from './check-input.ts'
import { type EstimateOptions, estimateSeconds } from './estimate-seconds.ts'
import { fillTransparent } from './fill-transparent.ts'
import { type FinishOptions, finishRows } from './finish-rows.ts'
import { isGrey } from './grey.ts'
import { loadComponents, type ModelComponents, type ModelDefaults } from './model-components.ts'
import { createNetworkSessions } from './network-sessions.ts'
import { padByReflection } from './pad-by-reflection.ts'
import { planUpscale, type TilePlan } from './plan-upscale.ts'
import { assertPretrained, type FromPretrainedOptions } from './pretrained-options.ts'
import { collectRows } from './run-tiles.ts'
import { startUpscale, type UpscaleTask } from './start-upscale.ts'
import { tileCount } from './tile-grid.ts'
import { resolveOptions, type UpscaleOptions } from './upscale-options.ts'
import { describeSettings, type UpscaleSettings } from './upscale-settings.ts'
import { withRestOf } from './with-rest-of.ts'

export type { FromPretrainedOptions } from './pretrained-options.ts'

/** How a picture will be upscaled, known before the work begins. Plain data. */
export interface UpscalePlan extends TilePlan {
  /** What will be used where options were left out. */
  readonly settings: UpscaleSettings
}

/** A picture, or its size where that is all that is known. */
export type PictureOrSize = Size & Partial<Pick<RasterImage, 'channels' | 'data' | 'metadata'>>

/** What a run made, and how. */
export interface UpscaleResult {
  /** The enlarged pictures; one, since one is given. */
  readonly images: readonly [RasterImage, ...RasterImage[]]
  readonly settings: UpscaleSettings
  /** Number of tiles that each step was done in. */
  readonly tiles: number
}

/**
 * Latent diffusion super-resolution (Rombach et al. 2022, section 4.4): makes pictures larger, one after the other: a call
 * waits until those before it have ended, so do not await one within another's callbacks.
 */
export interface LDMSuperResolutionPipeline {
  /** How many times larger each side gets. */
  readonly scale: number
  /** The scheduler that the model comes with. */
  readonly scheduler: Scheduler
  readonly defaults: ModelDefaults
  /** Both sides of what the networks see are multiples of this. */
  readonly sizeMultiple: number
  /** Channels of the latents. */
  readonly latentChannels: number
  /** Tells tiles, network calls and memory before the work is done, for a picture or its size. Runs nothing. */
  plan(picture: PictureOrSize, options?: UpscaleOptions): Promise<UpscalePlan>
  /** About how many seconds a planned upscale will take, from a timed call of each network on a small tile. */
  estimateSeconds(plan: TilePlan, options?: EstimateOptions): Promise<number>
  /**
   * Enlarges a picture of any size: what does not fit memory as a whole is done in tiles that are blended at every step.
   * Where the backend runs out of memory all the same, it goes on with smaller tiles and says so.
   * The depth of samples, transparency and metadata are kept. The picture is read while the work goes on, not copied: leave its
   * samples as they are until then.
   * @throws InvalidArgumentError for an option out of range; PictureError if no array could hold the result; MemoryError if not
   *   even small tiles fit; BackendError; WeightError or NotFiniteError if the network yields NaN.
   */
  upscale(image: RasterImage, options?: UpscaleOptions): Promise<UpscaleResult>
  /**
   * The same for tensors: `[n, 3, h, w]` in −1…1, sides being multiples of `sizeMultiple`, to `[n, 3, h · scale, w · scale]`.
   * No padding, no colour correction, no back-projection, no other size, not clamped.
   */
  upscaleTensor(small: Tensor<'float32'>, options?: UpscaleOptions): Promise<Tensor<'float32'>>
  /** Frees the networks when the call under way has ended; calls that wait reject. The backend stays the caller's. */
  dispose(): Promise<void>
}

export const LDMSuperResolutionPipeline: {
  /**
   * Opens a model in diffusers layout. Configurations and the presence of all weights are checked; networks are made
   * when a picture's size is known.
   * @throws InvalidArgumentError for what is no model's files or no backend; ModelFilesError, ConfigError, CheckpointError or
   *   WeightError, naming file and key; the signal's reason if aborted before it is open.
   */
  fromPretrained(files: ModelFiles, options: FromPretrainedOptions): Promise<LDMSuperResolutionPipeline>
} = {
  async fromPretrained(files, given) {
    assertPretrained(files, given)
    const { backend, onProgress, signal, ...options } = given
    signal?.throwIfAborted()
    const components = await untilAborted(loadComponents(files, options), signal)
    for (const message of components.warnings) onProgress?.({ type: 'warning', code: 'unknown_config_key', message })
    return createPipeline(backend, components)
  },
}

function createPipeline(backend: Backend, components: ModelComponents): LDMSuperResolutionPipeline {
  const { config } = components.vqvae
  const sessions = createNetworkSessions(backend, components)
  const scale = autoencoderScale(config)
  const sizeMultiple = unet2DSizeMultiple(components.unet.config)
  const networks = { components, sessions, scale, sizeMultiple }
  const calls = createCalls(sessions.dispose)

  async function prepare(picture: PictureOrSize, options: UpscaleOptions, batch = 1) {
    const resolved = resolveOptions(components, options, picture.metadata?.compression)
    const capabilities = await untilAborted(backend.capabilities(), options.signal)
    const { sampling, colour, backProjection } = resolved
    const correction = { wavelet: colour === 'wavelet', iterations: backProjection }
    const task = { picture, batch, stages: sampling.stages.length, correction }
    return { resolved, planned: planUpscale(components, capabilities, task, options) }
  }

  async function enlargeTensor(small: Tensor<'float32'>, options: UpscaleOptions): Promise<Tensor<'float32'>> {
    const { batch, height, width } = checkInput(small, sizeMultiple)
    const picture = { width, height }
    const task = { small, picture, options, grey: false, ...(await prepare(picture, options, batch)) }
    const { decode } = await startUpscale(networks, task)
    return (await decode((rows) => collectRows(rows, height * scale))).made
  }

  async function enlarge(given: RasterImage, options: UpscaleOptions): Promise<UpscaleResult> {
    const image = assertImage(given)
    const { planned, resolved } = await prepare(image, options)
    const original = imageToTensor(fillTransparent(image))
    const small = padByReflection(original, planned.paddedHeight, planned.paddedWidth)
    const grey = options.compat === undefined && isGrey(original)
    const task = { small, picture: image, planned, resolved, options, grey }
    const { decode, progress } = await startUpscale(networks, task)
    const finishing = finishOptions(original, sampleDepth(image), task)
    const { made, grid, mixedTiles } = await decode((rows) => finishRows(rows, finishing))
    progress.stage('finish')
    const whole = withRestOf(image, made)
    const wanted = options.size ?? whole
    return {
      images: [sameSize(wanted, whole) ? whole : resizeImage(whole, wanted, 'lanczos')],
      settings: describeSettings(resolved, grid, mixedTiles),
      tiles: tileCount(grid),
    }
  }

  function finishOptions(
    small: Tensor<'float32'>,
    depth: SampleDepth,
    { planned, resolved, options, grey }: UpscaleTask,
  ): FinishOptions {
    const { colour, backProjection: iterations } = resolved
    const { signal } = options
    const correction = { batch: 1, scale, wavelet: colour === 'wavelet', iterations }
    return {
      small,
      scale,
      depth,
      grey,
      colour,
      iterations,
      blocks: planned.blocks,
      openCorrection: ({ width, height }) => sessions.correction({ ...correction, width, height }, signal),
      signal,
    }
  }

  return {
    scale,
    sizeMultiple,
    latentChannels: config.vqEmbedDim,
    scheduler: components.scheduler,
    defaults: components.defaults,
    async plan(picture, given = {}) {
      const options = assertUpscaleOptions(given)
      const { planned, resolved } = await prepare(picture, options)
      return { ...planned, settings: describeSettings(resolved, planned.grid) }
    },
    estimateSeconds: (plan, options) =>
      calls.run(() => estimateSeconds(components, sessions, plan, options), options?.signal),
    async upscaleTensor(small, given = {}) {
      const options = assertUpscaleOptions(given)
      return calls.run(() => enlargeTensor(small, options), options.signal)
    },
    async upscale(image, given = {}) {
      const options = assertUpscaleOptions(given)
      return calls.run(() => enlarge(image, options), options.signal)
    },
    dispose: calls.dispose,
  }
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height
}
