import { InvalidArgumentError } from '@latentkit/core'

/** Tiles along one axis: all of one size, evenly spread, each overlapping the next. */
export interface TileAxis {
  /** Length of the axis. */
  readonly size: number
  /** Length of a tile. */
  readonly tile: number
  /** Where each tile starts. */
  readonly starts: readonly number[]
}

/** Tiles that cover a picture. */
export interface TileGrid {
  readonly rows: TileAxis
  readonly columns: TileAxis
}

export interface TileOptions {
  /** Longest side of a tile. */
  readonly limit: number
  /** Pixels that neighbouring tiles share at least. */
  readonly overlap: number
  /** Sides of tiles are multiples of this; the picture's sides must be, too. */
  readonly multiple: number
}

/** Covers a picture with as few tiles as the limit allows, all of one size, so that one network serves them all. */
export function planTiles(height: number, width: number, options: TileOptions): TileGrid {
  return { rows: planAxis(height, options), columns: planAxis(width, options) }
}

/** Number of tiles of a grid. */
export function tileCount({ rows, columns }: TileGrid): number {
  return rows.starts.length * columns.starts.length
}

function planAxis(size: number, { limit, overlap, multiple }: TileOptions): TileAxis {
  // Where one tile is enough it may be of any size. Elsewhere this is the least that planning itself comes to, which has to be
  // taken when it is given back.
  const least = size <= limit ? multiple : Math.ceil((1.5 * overlap) / multiple) * multiple
  if (limit < least || limit % multiple !== 0) {
    const expected = `a multiple of ${multiple} from ${least}`
    throw new InvalidArgumentError({ argument: 'tile', value: limit, expected })
  }
  return spreadTiles(size, { limit, overlap, multiple })
}

/** As few tiles as a limit above the overlap allows, all of one size, evenly spread. */
export function spreadTiles(size: number, { limit, overlap, multiple }: TileOptions): TileAxis {
  if (size <= limit) return { size, tile: size, starts: [0] }
  const count = Math.ceil((size - overlap) / (limit - overlap))
  const evenly = (size + (count - 1) * overlap) / count
  const tile = Math.ceil(evenly / multiple) * multiple
  const starts = Array.from({ length: count }, (_, i) => Math.round((i * (size - tile)) / (count - 1)))
  return { size, tile, starts }
}

/**
 * How much each pixel of each tile counts, along one axis enlarged by `scale`: rising and falling in a smooth ramp where
 * tiles overlap, so that the weights of all tiles sum to 1 at every pixel.
 */
export function tileWeights({ size, tile, starts }: TileAxis, scale: number): readonly Float32Array[] {
  const sums = new Float64Array(size * scale)
  const raw = starts.map((start, index) => {
    const before = index > 0 ? (starts[index - 1]! + tile - start) * scale : 0
    const after = index < starts.length - 1 ? (start + tile - starts[index + 1]!) * scale : 0
    const weights = Float64Array.from({ length: tile * scale }, (_, i) => {
      const rise = i < before ? smooth((i + 0.5) / before) : 1
      const fall = tile * scale - 1 - i < after ? smooth((tile * scale - i - 0.5) / after) : 1
      return rise * fall
    })
    for (let i = 0; i < weights.length; i++) sums[start * scale + i]! += weights[i]!
    return weights
  })
  return raw.map((weights, index) =>
    Float32Array.from(weights, (weight, i) => weight / sums[starts[index]! * scale + i]!),
  )
}

/** A ramp from 0 to 1 that starts and ends level: half a cosine. */
function smooth(x: number): number {
  return 0.5 - 0.5 * Math.cos(Math.PI * x)
}
