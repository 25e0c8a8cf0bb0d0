import {
  assertSize,
  type BackendCapabilities,
  hasAlpha,
  InvalidArgumentError,
  MemoryError,
  type Size,
} from '@latentkit/core'
import { autoencoderScale } from '../autoencoder/autoencoder-config.ts'
import type { ComputeOptions, ComputeSettings } from '../input-shape.ts'
import { unet2DSizeMultiple } from '../unet-2d/unet-2d-model.ts'
import { assertResultFits, type KnownSize } from './assert-result-fits.ts'
import type { Correction } from './correction.ts'
import { blockLimits, planBlocks } from './correction-blocks.ts'
import type { ModelComponents } from './model-components.ts'
import { correctionMemory, requiredMemory } from './required-memory.ts'
import { planTiles, type TileGrid, tileCount } from './tile-grid.ts'

/** In which tiles a picture will be upscaled, known before the work begins. Plain data. `width` and `height` are the result's. */
export interface TilePlan extends Size, ComputeSettings {
  /** Sides of what the networks see: the small picture, padded. */
  readonly paddedWidth: number
  readonly paddedHeight: number
  readonly grid: TileGrid
  readonly tiles: number
  /** Blocks of the small picture that are corrected at a time. */
  readonly blocks: TileGrid
  /** Calls of the UNet for each tile: the stages of the sampling plan. */
  readonly stages: number
  /** About how many bytes of memory it takes beside the weights as they are. */
  readonly memoryBytes: number
}

/** How large a piece of a picture may be done at once. */
export interface PlanUpscaleOptions extends ComputeOptions {
  /** Longest side of a tile in pixels of the small picture. Default: 192, or less if memory is short. */
  readonly tile?: number | undefined
  /** Bytes that may be used. Default: what the backend says is free. */
  readonly memory?: number | undefined
  /** Size of the result. Default: both sides times the model's scale. */
  readonly size?: Size | undefined
}

/** What is planned for, beside the caller's options. */
interface Task {
  readonly picture: KnownSize
  readonly batch: number
  readonly stages: number
  /** How decoded rows are corrected. */
  readonly correction: Correction
}

/** Longest sides of tiles that are tried, from the largest. Larger ones gain little and take much memory. */
const tileLimits = [192, 128, 96, 64]
/** Pixels of the small picture that neighbouring tiles share at least. */
const overlap = 16

/**
 * Chooses tiles for a picture: the whole of it where that fits, else the largest tiles that do.
 * @throws InvalidArgumentError for sizes that are not whole and positive, or a tile side that is no multiple of what the network
 *   needs, or a precision that the device does not have; PictureError if no array could hold the result; MemoryError if even
 *   the smallest tiles do not fit.
 */
export function planUpscale(
  components: ModelComponents,
  capabilities: BackendCapabilities,
  { picture, batch, stages, correction }: Task,
  { tile, memory, size, convolutions = 'direct', precision = 'float32' }: PlanUpscaleOptions = {},
): TilePlan {
  if (memory !== undefined && !(memory > 0))
    throw new InvalidArgumentError({ argument: 'memory', value: memory, expected: 'a number of bytes above 0' })
  assertPossible({ convolutions, precision }, capabilities)
  assertSize(picture)
  if (size) assertSize(size)
  const scale = autoencoderScale(components.vqvae.config)
  const multiple = unet2DSizeMultiple(components.unet.config)
  const roundUp = (side: number) => Math.ceil(side / multiple) * multiple
  const [paddedWidth, paddedHeight] = [roundUp(picture.width), roundUp(picture.height)]
  const whole = { width: picture.width * scale, height: picture.height * scale }
  assertResultFits(picture, whole, size, batch)
  const sides = size ? { width: size.width, height: size.height } : whole
  const available = memory ?? capabilities.availableMemory()
  // The picture itself: latents, noise and estimates as numbers, the enlarged picture and what it is resized to as samples.
  const enlarged = whole.width * whole.height * (hasAlpha({ channels: picture.channels ?? 3 }) ? 11 : 3)
  const resized = size ? size.width * size.height * 3 : 0
  const samples = (enlarged + resized) * (picture.data?.BYTES_PER_ELEMENT ?? 1)
  const own = batch * (paddedWidth * paddedHeight * 6 * 12 + samples)
  const fits = ({ memoryBytes }: TilePlan) => available === undefined || memoryBytes <= available

  /** With the largest blocks that fit, or else the smallest: they change nothing of the picture. */
  function planIn(limit: number, correction: Correction): TilePlan {
    const grid = planTiles(paddedHeight, paddedWidth, { limit, overlap, multiple })
    const settings = { convolutions, precision }
    const shape = { batch, height: grid.rows.tile, width: grid.columns.tile, ...settings }
    const networks = requiredMemory(components, shape)
    const row = batch * paddedWidth * scale ** 2 * 12
    const tiles = tileCount(grid)
    const planInBlocks = (side: number): TilePlan => {
      const blocks = planBlocks(picture, correction, side)
      const [height, width] = [blocks.rows.tile, blocks.columns.tile]
      // A row of decoded tiles and what it leaves for the next, and as numbers, too, what waits until a row of blocks is complete.
      const decoded = tiles === 1 ? 0 : row * (3 * grid.rows.tile + height)
      const memoryBytes = own + networks + decoded + correctionMemory({ batch, height, width, scale, ...correction })
      return { ...sides, paddedWidth, paddedHeight, grid, tiles, blocks, stages, ...settings, memoryBytes }
    }
    const [largest, ...smaller] = blockLimits(correction)
    let planned = planInBlocks(largest!)
    for (const side of smaller) if (!fits(planned)) planned = planInBlocks(side)
    return planned
  }

  let planned: TilePlan | undefined
  for (const limit of tile === undefined ? tileLimits : [tile]) {
    planned = planIn(limit, correction)
    if (fits(planned)) return planned
  }
  const what = `A picture of ${picture.width}×${picture.height} pixels`
  const smallest = roundUp(tileLimits.at(-1)!)
  const hint =
    tile !== undefined && tile > smallest && fits(planIn(smallest, correction))
      ? 'Use smaller tiles.'
      : correction.iterations > 0 && fits(planIn(tile ?? smallest, { ...correction, iterations: 0 }))
        ? 'Set backProjection to 0.'
        : memory !== undefined
          ? 'Allow more memory, or reduce the picture.'
          : 'Close other programs, reduce the picture, or say with the option "memory" how much may be used.'
  throw new MemoryError({ what, neededBytes: planned!.memoryBytes, availableBytes: available ?? 0, hint })
}

/** The next smaller tiles for the same picture, if there are any. */
export function smallerTiles({ rows, columns }: TileGrid, multiple: number): TileGrid | undefined {
  const longest = Math.max(rows.tile, columns.tile)
  const limit = tileLimits.find((side) => side < longest)
  return limit === undefined ? undefined : planTiles(rows.size, columns.size, { limit, overlap, multiple })
}

function assertPossible({ convolutions, precision }: ComputeSettings, capabilities: BackendCapabilities): void {
  if (precision === 'float32') return
  const refuse = (argument: string, value: string, expected: string): never => {
    throw new InvalidArgumentError({ argument, value, expected })
  }
  if (!capabilities.dtypes.includes(precision))
    refuse('precision', precision, `float32, since ${capabilities.device} does not compute with ${precision} here`)
  if (convolutions === 'winograd') refuse('convolutions', convolutions, `direct with the precision ${precision}`)
}
