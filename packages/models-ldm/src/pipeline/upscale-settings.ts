import type { ComputeSettings } from '../input-shape.ts'
import type { ModelDefaults } from './model-components.ts'
import type { TileGrid } from './tile-grid.ts'
import type { ResolvedOptions } from './upscale-options.ts'

/**
 * What a picture was made with: given back as options, it makes the same picture. Of a scheduler, latents or noise of your own it
 * has the name at most: give those again, too. With `mixedTiles` the picture will differ a little.
 */
export interface UpscaleSettings extends Omit<ModelDefaults, 'backProjectionOfJpeg'>, ComputeSettings {
  /** A number where it is a safe one. */
  readonly seed: number | bigint
  /** The scheduler's class. */
  readonly scheduler: string
  /** Longest side of a tile. */
  readonly tile: number
  /** Memory ran out on the way: what was done before that was done in larger tiles. */
  readonly mixedTiles?: true
  readonly compat?: 'diffusers'
}

/** The settings of a run in these tiles, or at last in these. */
export function describeSettings(options: ResolvedOptions, grid: TileGrid, mixedTiles = false): UpscaleSettings {
  const { steps, eta, backProjection, colour, convolutions, precision, seed, scheduler, compat } = options
  return {
    steps,
    eta,
    backProjection,
    colour,
    seed: Number.isSafeInteger(Number(seed)) ? Number(seed) : seed,
    scheduler: scheduler.name,
    tile: longestSide(grid),
    convolutions,
    precision,
    ...(mixedTiles && { mixedTiles }),
    ...(compat && { compat }),
  }
}

/** Of a grid's tiles. */
export function longestSide({ rows, columns }: TileGrid): number {
  return Math.max(rows.tile, columns.tile)
}
