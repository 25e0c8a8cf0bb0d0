import { type BackendCapabilities, InvalidArgumentError, MemoryError } from '@latentkit/core'
import { autoencoderScale } from '../autoencoder/autoencoder-config.ts'
import { unet2DSizeMultiple } from '../unet-2d/unet-2d-model.ts'
import type { ModelComponents } from './model-components.ts'
import { requiredMemory } from './required-memory.ts'
import { planTiles, type TileGrid, tileCount } from './tile-grid.ts'

/** How a picture will be upscaled, known before the work begins. Plain data. */
export interface UpscalePlan {
  /** Sides of the result in pixels. */
  readonly width: number
  readonly height: number
  /** Sides of what the networks see: the small picture, padded. */
  readonly paddedWidth: number
  readonly paddedHeight: number
  readonly grid: TileGrid
  readonly tiles: number
  /** About how many bytes of memory it takes beside the weights. */
  readonly memoryBytes: number
}

export interface PlanUpscaleOptions {
  /** Longest side of a tile in pixels of the small picture. Default: 192, or less if memory is short. */
  readonly tile?: number | undefined
  /** Bytes that may be used. Default: what the backend says is free. */
  readonly memory?: number | undefined
  /** Pictures at once. Default 1. */
  readonly batch?: number | undefined
}

/** Longest sides of tiles that are tried, from the largest. Larger ones gain little and take much memory. */
const tileLimits = [192, 128, 96, 64]
/** Pixels of the small picture that neighbouring tiles share at least. */
const overlap = 16

/**
 * Chooses tiles for a picture: the whole of it where that fits, else the largest tiles that do.
 * @throws InvalidArgumentError for a tile side that is no multiple of what the network needs; MemoryError if even the
 *   smallest tiles do not fit.
 */
export function planUpscale(
  components: ModelComponents,
  capabilities: BackendCapabilities,
  picture: { readonly width: number; readonly height: number },
  { tile, memory, batch = 1 }: PlanUpscaleOptions = {},
): UpscalePlan {
  if (memory !== undefined && !(memory > 0))
    throw new InvalidArgumentError({ argument: 'memory', value: memory, expected: 'a number of bytes above 0' })
  const scale = autoencoderScale(components.vqvae.config)
  const multiple = unet2DSizeMultiple(components.unet.config)
  const roundUp = (side: number) => Math.ceil(side / multiple) * multiple
  const [paddedWidth, paddedHeight] = [roundUp(picture.width), roundUp(picture.height)]
  const available = memory ?? capabilities.availableMemory()
  // The picture itself: latents, noise, estimates and the result in bytes.
  const own = batch * paddedWidth * paddedHeight * (6 * 12 + scale ** 2 * 3)

  let needed = 0
  for (const limit of tile === undefined ? tileLimits : [tile]) {
    const grid = planTiles(paddedHeight, paddedWidth, { limit, overlap, multiple })
    const memoryBytes = own + requiredMemory(components, { batch, height: grid.rows.tile, width: grid.columns.tile })
    if (available === undefined || memoryBytes <= available) {
      const [width, height] = [picture.width * scale, picture.height * scale]
      return { width, height, paddedWidth, paddedHeight, grid, tiles: tileCount(grid), memoryBytes }
    }
    needed = memoryBytes
  }
  const what = `A picture of ${picture.width}×${picture.height} pixels`
  const hint = tile === undefined ? 'Close other programs, or reduce the picture.' : 'Use smaller tiles.'
  throw new MemoryError({ what, neededBytes: needed, availableBytes: available ?? 0, hint })
}
