import { float32, type Tensor } from '@latentkit/core'
import { type Area, crop } from './crop.ts'
import { type TileGrid, tileWeights } from './tile-grid.ts'

/** Some finished rows of a picture: `[n, c, rows, width]`, from the row `top`. */
export interface RowChunk {
  readonly top: number
  readonly rows: Tensor<'float32'>
}

/**
 * Runs a network tile by tile and blends what it gives, from the top. Rows are handed on as soon as no later tile
 * touches them, so that no more than one row of tiles is held.
 * @param scale How much larger the network's output is than the area it is given.
 * @param run Gives the network's output for an area of the input.
 */
export async function* runTiles(
  { rows, columns }: TileGrid,
  scale: number,
  run: (area: Area) => Promise<Tensor<'float32'>>,
): AsyncGenerator<RowChunk, void, undefined> {
  const rowWeights = tileWeights(rows, scale)
  const columnWeights = tileWeights(columns, scale)
  const width = columns.size * scale
  const height = rows.tile * scale
  let carried: Tensor<'float32'> | undefined
  for (const [r, top] of rows.starts.entries()) {
    let band: Tensor<'float32'> | undefined
    for (const [c, left] of columns.starts.entries()) {
      const tile = await run({ top, left, height: rows.tile, width: columns.tile })
      if (rows.starts.length === 1 && columns.starts.length === 1) return yield { top: 0, rows: tile }
      band ??= startBand(tile.shape, height, width, carried)
      addTile(band, tile, left * scale, rowWeights[r]!, columnWeights[c]!)
    }
    const next = rows.starts[r + 1]
    const finished = next === undefined ? height : (next - top) * scale
    yield { top: top * scale, rows: crop(band!, { top: 0, left: 0, height: finished, width }) }
    carried = next === undefined ? undefined : crop(band!, { top: finished, left: 0, height: height - finished, width })
  }
}

/** All rows in one tensor. */
export async function collectRows(chunks: AsyncIterable<RowChunk>, height: number): Promise<Tensor<'float32'>> {
  let whole: Tensor<'float32'> | undefined
  for await (const { top, rows } of chunks) {
    const [n, c, count, width] = rows.shape as [number, number, number, number]
    if (count === height) return rows
    whole ??= float32([n, c, height, width], new Float32Array(n * c * height * width))
    for (let plane = 0; plane < n * c; plane++) {
      const lines = rows.data.subarray(plane * count * width, (plane + 1) * count * width)
      whole.data.set(lines, (plane * height + top) * width)
    }
  }
  return whole!
}

/** An empty row of tiles, with what the row before left for it at its top. */
function startBand(
  tile: readonly number[],
  height: number,
  width: number,
  carried: Tensor<'float32'> | undefined,
): Tensor<'float32'> {
  const [n, c] = tile as [number, number]
  const band = float32([n, c, height, width], new Float32Array(n * c * height * width))
  if (!carried) return band
  const size = carried.data.length / (n * c)
  for (let plane = 0; plane < n * c; plane++)
    band.data.set(carried.data.subarray(plane * size, (plane + 1) * size), plane * height * width)
  return band
}

function addTile(
  band: Tensor<'float32'>,
  tile: Tensor<'float32'>,
  left: number,
  rowWeights: Float32Array,
  columnWeights: Float32Array,
): void {
  const [n, c, height, width] = tile.shape as [number, number, number, number]
  const stride = band.shape[3]!
  for (let line = 0; line < n * c * height; line++) {
    const from = line * width
    const to = line * stride + left
    const rowWeight = rowWeights[line % height]!
    for (let x = 0; x < width; x++) band.data[to + x]! += rowWeight * columnWeights[x]! * tile.data[from + x]!
  }
}
