import { type Size, type Tensor, untilAborted } from '@latentkit/core'
import type { SampleStep } from '@latentkit/schedulers'
import type { InputShape } from '../input-shape.ts'
import { checkFinite } from './check-finite.ts'
import { crop } from './crop.ts'
import { denoise } from './denoise.ts'
import type { ModelComponents } from './model-components.ts'
import type { NetworkSessions } from './network-sessions.ts'
import type { TilePlan } from './plan-upscale.ts'
import { decodePreview } from './preview.ts'
import { type RowChunk, runTiles } from './run-tiles.ts'
import { type TileGrid, tileCount } from './tile-grid.ts'
import { createTileLadder, ranOutOfMemory } from './tile-ladder.ts'
import type { ResolvedOptions, UpscaleOptions } from './upscale-options.ts'
import { createUpscaleProgress, type UpscaleProgress } from './upscale-progress.ts'
import { longestSide } from './upscale-settings.ts'

/** A pipeline's networks, ready and as configured. */
export interface UpscaleNetworks {
  readonly components: ModelComponents
  readonly sessions: NetworkSessions
  readonly scale: number
  readonly sizeMultiple: number
}

/** What is upscaled, and how. */
export interface UpscaleTask {
  /** What the networks see: `[n, 3, height, width]` in −1…1. */
  readonly small: Tensor<'float32'>
  /** Size of the picture without padding. */
  readonly picture: Size
  readonly planned: TilePlan
  readonly resolved: ResolvedOptions
  readonly options: UpscaleOptions
  /** Whether what comes of it will be grey. */
  readonly grey: boolean
}

/** A picture that is denoised and not decoded yet. */
export interface StartedUpscale {
  /** Decodes rows for `make`; once more in smaller tiles, if memory runs out. */
  decode<T>(make: (rows: AsyncIterable<RowChunk>) => Promise<T>): Promise<Decoded<T>>
  readonly progress: UpscaleProgress
}

interface Decoded<T> {
  readonly made: T
  /** The tiles that it was decoded in. */
  readonly grid: TileGrid
  /** Whether other parts of the work were done in tiles of another size. */
  readonly mixedTiles: boolean
}

/** Denoises at once; `decode` hands the decoded rows to whoever makes something of them. */
export async function startUpscale(networks: UpscaleNetworks, task: UpscaleTask): Promise<StartedUpscale> {
  const { sessions, scale, sizeMultiple } = networks
  const { unet, vqvae } = networks.components
  const { small, picture, planned, options, grey } = task
  const { sampling, warnings, seed, convolutions, precision } = task.resolved
  const { signal, onProgress, onLatents, onState, onPreview, compat, state } = options
  for (const { code, message } of warnings) onProgress?.({ type: 'warning', code, message })
  const stages = sampling.stages.length
  const { previewEvery = Math.ceil(stages / 10) } = options
  const tiles = createTileLadder(planned.grid, sizeMultiple, sessions.dispose, onProgress)
  /** Tiles that steps and decoding were done in; those of an earlier run are taken to have been the planned ones. */
  const sides = new Set(state ? [longestSide(planned.grid)] : [])
  const progress = createUpscaleProgress(stages, () => tileCount(tiles.grid), onProgress, state?.stages)
  const batch = small.shape[0]!
  const shapeOf = ({ height, width }: Size): InputShape => ({ batch, height, width, convolutions, precision })
  const tileOf = ({ rows, columns }: TileGrid) => shapeOf({ height: rows.tile, width: columns.tile })
  const openUNet = (grid: TileGrid) => sessions.unet(tileOf(grid), signal)
  const openDecoder = (grid: TileGrid) => sessions.decoder(tileOf(grid), signal)
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

  progress.stage('decode')
  await checkFinite(latents, 'The denoised latents', unet.weights)
  return {
    progress,
    async decode(make) {
      const made = await tiles.run((grid) => make(decodedRows(grid)))
      sides.add(longestSide(tiles.grid))
      return { made, grid: tiles.grid, mixedTiles: sides.size > 1 }
    },
  }

  /** What a callback does is waited for, unless the run is aborted meanwhile: a callback may never end. */
  function heard(work: void | Promise<void>): Promise<void> {
    return untilAborted(Promise.resolve(work), signal)
  }

  /** A preview that memory does not suffice for is left out. */
  async function showPreview(denoised: Tensor<'float32'>, step: number): Promise<void> {
    const preview = await decodePreview(denoised, {
      picture,
      grey,
      quantizer: vqvae.quantizer,
      openDecoder: (latents) => sessions.preview(shapeOf(latents), signal),
      signal,
    }).catch((error: unknown) => {
      if (!ranOutOfMemory(error)) throw error
      onProgress?.({ type: 'warning', code: 'no_preview', message: 'Memory ran out: a preview is left out.' })
    })
    if (preview && onPreview) await heard(onPreview(preview, step))
  }

  async function* decodedRows(grid: TileGrid): AsyncGenerator<RowChunk> {
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
}
