import {
  assertImage,
  type Backend,
  BackendError,
  InvalidArgumentError,
  imageToTensor,
  type ModelFiles,
  type RasterImage,
  resizeImage,
  type Size,
  sampleDepth,
  type Tensor,
  untilAborted,
} from '@latentkit/core'
import type { SampleStep, Scheduler } from '@latentkit/schedulers'
import { autoencoderScale } from '../autoencoder/autoencoder-config.ts'
import type { InputShape } from '../input-shape.ts'
import { unet2DSizeMultiple } from '../unet-2d/unet-2d-model.ts'
import { assertUpscaleOptions } from './assert-upscale-options.ts'
import { checkFinite } from './check-finite.ts'
import { checkInput } from './check-input.ts'
import { crop } from './crop.ts'
import { denoise } from './denoise.ts'
import { type EstimateOptions, estimateSeconds } from './estimate-seconds.ts'
import { fillTransparent } from './fill-transparent.ts'
import { finishRows } from './finish-rows.ts'
import { isGrey } from './grey.ts'
import { loadComponents, type ModelComponents, type ModelDefaults } from './model-components.ts'
import { createNetworkSessions } from './network-sessions.ts'
import { padByReflection } from './pad-by-reflection.ts'
import { planUpscale, type TilePlan } from './plan-upscale.ts'
import { assertPretrained, type FromPretrainedOptions } from './pretrained-options.ts'
import { decodePreview } from './preview.ts'
import { collectRows, runTiles } from './run-tiles.ts'
import { type TileGrid, tileCount } from './tile-grid.ts'
import { createTileLadder, ranOutOfMemory } from './tile-ladder.ts'
import { createTurns } from './turns.ts'
import { type ResolvedOptions, resolveOptions, type UpscaleOptions } from './upscale-options.ts'
import { createUpscaleProgress } from './upscale-progress.ts'
import { describeSettings, longestSide, type UpscaleSettings } from './upscale-settings.ts'
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
   *   WeightError, naming file and key.
   */
  fromPretrained(files: ModelFiles, options: FromPretrainedOptions): Promise<LDMSuperResolutionPipeline>
} = {
  async fromPretrained(files, given) {
    assertPretrained(files, given)
    const { backend, onProgress, ...options } = given
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
  const turns = createTurns()
  let disposed = false
  /** Calls under way or waiting. */
  let calls = 0

  function inTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    // It is under way if nothing is before it, though it begins a moment later.
    const isFirst = calls++ === 0 && !disposed
    const turn = turns(async () => {
      if (disposed && !isFirst)
        throw new InvalidArgumentError({ argument: 'pipeline', value: 'disposed', expected: 'a pipeline in use' })
      try {
        return await work()
      } catch (error) {
        // The runtime may have ended and taken the networks with it: the next call makes them anew.
        if (BackendError.isInstance(error)) await sessions.dispose()
        throw error
      }
    }, signal)
    return turn.finally(() => {
      calls--
    })
  }

  async function prepare(picture: PictureOrSize, options: UpscaleOptions, batch = 1) {
    const resolved = resolveOptions(components, options, picture.metadata?.compression)
    const capabilities = await untilAborted(backend.capabilities(), options.signal)
    const { sampling, colour, backProjection } = resolved
    const correction = { wavelet: colour === 'wavelet', iterations: backProjection }
    const task = { picture, batch, stages: sampling.stages.length, correction }
    return { resolved, planned: planUpscale(components, capabilities, task, options) }
  }

  /** Denoises at once; `decode` hands the decoded rows to whoever makes something of them. `grey`: what comes of it will be. */
  async function start(
    small: Tensor<'float32'>,
    picture: Size,
    planned: TilePlan,
    { sampling, warnings, seed, convolutions, precision }: ResolvedOptions,
    options: UpscaleOptions,
    grey = false,
  ) {
    const { signal, onProgress, onLatents, onState, onPreview, compat, state } = options
    for (const { code, message } of warnings) onProgress?.({ type: 'warning', code, message })
    const stages = sampling.stages.length
    const { previewEvery = Math.ceil(stages / 10) } = options
    const tiles = createTileLadder(planned.grid, sizeMultiple, sessions.dispose, onProgress)
    /** Tiles that steps and decoding were done in; those of an earlier run are taken to have been the planned ones. */
    const sides = new Set(state ? [longestSide(planned.grid)] : [])
    const progress = createUpscaleProgress(stages, () => tileCount(tiles.grid), onProgress, state?.stages)
    const shapeOf = ({ rows, columns }: TileGrid): InputShape => ({
      batch: small.shape[0]!,
      height: rows.tile,
      width: columns.tile,
      convolutions,
      precision,
    })
    const openUNet = (grid: TileGrid) => sessions.unet(shapeOf(grid), signal)
    const openDecoder = (grid: TileGrid) => sessions.decoder(shapeOf(grid), signal)
    signal?.throwIfAborted()
    progress.stage('load')
    await tiles.run(async (grid) => void [await openUNet(grid), await openDecoder(grid)])

    progress.stage('denoise')
    const latents = await denoise({
      plan: sampling,
      tiles,
      openUNet,
      small,
      channels: vqvae.config.vqEmbedDim,
      seed,
      latents: options.latents,
      noise: options.noise,
      compat,
      state,
      signal,
      check: (output) => checkFinite(output, 'The output of the UNet', unet.weights),
      onTile: progress.tile,
      async onStep({ index, sample, denoised, state }: SampleStep) {
        onLatents?.(index + 1, sample)
        if (onState) await heard(onState(state))
        progress.step(index + 1)
        sides.add(longestSide(tiles.grid))
        if (onPreview && (index + 1) % previewEvery === 0 && index + 1 < stages) await showPreview(denoised, index + 1)
      },
    })

    /** What a callback does is waited for, unless the run is aborted meanwhile: a callback may never end. */
    function heard(work: void | Promise<void>): Promise<void> {
      return untilAborted(Promise.resolve(work), signal)
    }

    /** A preview that memory does not suffice for is left out. */
    async function showPreview(denoised: Tensor<'float32'>, step: number) {
      const preview = await decodePreview(denoised, picture, grey, vqvae.quantizer, sessions, signal).catch(
        (error: unknown) => {
          if (!ranOutOfMemory(error)) throw error
          onProgress?.({ type: 'warning', code: 'no_preview', message: 'Memory ran out: a preview is left out.' })
        },
      )
      if (preview && onPreview) await heard(onPreview(preview, step))
    }

    progress.stage('decode')
    await checkFinite(latents, 'The denoised latents', unet.weights)
    async function* decodedRows(grid: TileGrid) {
      const decoder = await openDecoder(grid)
      let count = 0
      yield* runTiles(grid, scale, async (area) => {
        signal?.throwIfAborted()
        const codes = vqvae.quantizer.quantize(crop(latents, area)).latents
        const tile = (await decoder.run({ latents: codes }, { signal })).sample as Tensor<'float32'>
        await checkFinite(tile, 'The decoded picture', vqvae.weights)
        progress.tile(++count)
        return tile
      })
    }
    async function decode<T>(make: (rows: ReturnType<typeof decodedRows>) => Promise<T>) {
      const made = await tiles.run((grid) => make(decodedRows(grid)))
      sides.add(longestSide(tiles.grid))
      return { made, grid: tiles.grid, mixedTiles: sides.size > 1 }
    }
    return { decode, progress }
  }

  async function enlargeTensor(small: Tensor<'float32'>, options: UpscaleOptions): Promise<Tensor<'float32'>> {
    const { batch, height, width } = checkInput(small, sizeMultiple)
    const picture = { width, height }
    const { planned, resolved } = await prepare(picture, options, batch)
    const { decode } = await start(small, picture, planned, resolved, options)
    return (await decode((rows) => collectRows(rows, height * scale))).made
  }

  async function enlarge(given: RasterImage, options: UpscaleOptions): Promise<UpscaleResult> {
    const image = assertImage(given)
    const { signal } = options
    const { planned, resolved } = await prepare(image, options)
    const { backProjection: iterations, colour } = resolved
    const small = imageToTensor(fillTransparent(image))
    const padded = padByReflection(small, planned.paddedHeight, planned.paddedWidth)
    const grey = options.compat === undefined && isGrey(small)
    const { decode, progress } = await start(padded, image, planned, resolved, options, grey)
    const { blocks } = planned
    const correction = { batch: 1, scale, wavelet: colour === 'wavelet', iterations }
    const openCorrection = ({ width, height }: Size) => sessions.correction({ ...correction, width, height }, signal)
    const finishing = {
      small,
      scale,
      depth: sampleDepth(image),
      grey,
      colour,
      iterations,
      blocks,
      openCorrection,
      signal,
    }
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

  return {
    scale,
    sizeMultiple,
    latentChannels: vqvae.config.vqEmbedDim,
    scheduler: components.scheduler,
    defaults,
    async plan(picture, given = {}) {
      const options = assertUpscaleOptions(given)
      const { planned, resolved } = await prepare(picture, options)
      return { ...planned, settings: describeSettings(resolved, planned.grid) }
    },
    estimateSeconds: (plan, options) =>
      inTurn(() => estimateSeconds(components, sessions, plan, options), options?.signal),
    async upscaleTensor(small, given = {}) {
      const options = assertUpscaleOptions(given)
      return inTurn(() => enlargeTensor(small, options), options.signal)
    },
    async upscale(image, given = {}) {
      const options = assertUpscaleOptions(given)
      return inTurn(() => enlarge(image, options), options.signal)
    },
    async dispose() {
      disposed = true
      await turns(sessions.dispose)
    },
  }
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height
}
