import {
  type RasterImage,
  rasterImage,
  type SampleDepth,
  type Session,
  type Size,
  type Tensor,
  tensorToImage,
  zeroSamples,
} from '@latentkit/core'
import { checkFinite } from './check-finite.ts'
import type { ColourMode } from './colour-mode.ts'
import { correctionReach } from './correction.ts'
import { keptSpans, type Span } from './correction-blocks.ts'
import { type Area, crop } from './crop.ts'
import { toGrey } from './grey.ts'
import { createStatistics, matchStatistics } from './match-statistics.ts'
import type { RowChunk } from './run-tiles.ts'
import type { TileGrid } from './tile-grid.ts'
import { createWaitingRows } from './waiting-rows.ts'

/** What the finished rows become. */
export interface FinishOptions {
  /** The small picture, `[1, 3, height, width]` in −1…1. */
  readonly small: Tensor<'float32'>
  readonly scale: number
  /** Bits of the finished samples. */
  readonly depth: SampleDepth
  /** Whether what comes of it is to be grey, as the small picture is. */
  readonly grey: boolean
  readonly colour: ColourMode
  /** Iterations of back-projection. */
  readonly iterations: number
  /** Blocks of the small picture that are corrected at a time. */
  readonly blocks: TileGrid
  /** The graph that corrects a block of this size. */
  openCorrection(block: Size): Promise<Session>
  readonly signal?: AbortSignal | undefined
}

/**
 * Turns decoded rows into a picture of samples as they come: cropped, corrected block by block, rounded. Blocks are corrected with
 * as much around them as can matter, so that the result does not depend on where they are cut.
 */
export async function finishRows(chunks: AsyncIterable<RowChunk>, options: FinishOptions): Promise<RasterImage> {
  const { small, scale, depth, grey, colour, iterations, blocks, signal } = options
  const { rows, columns } = blocks
  const wavelet = colour === 'wavelet'
  const reach = correctionReach({ wavelet, iterations })
  const [keptRows, keptColumns] = [keptSpans(rows, reach), keptSpans(columns, reach)]
  const [width, height] = [columns.size * scale, rows.size * scale]
  const finished = rasterImage(width, height, 3, zeroSamples(width * height * 3, depth))
  const statistics = createStatistics()
  const waiting = createWaitingRows()
  let next = 0
  for await (const chunk of chunks) {
    waiting.add(chunk)
    for (; next < rows.starts.length && (rows.starts[next]! + rows.tile) * scale <= waiting.end; next++) {
      for (const [c, left] of columns.starts.entries()) {
        const block = { top: rows.starts[next]!, left, height: rows.tile, width: columns.tile }
        await finishBlock(block, keptRows[next]!, keptColumns[c]!)
      }
      waiting.drop((rows.starts[next + 1] ?? rows.size) * scale)
    }
  }
  if (colour === 'adain') {
    const wanted = createStatistics()
    wanted.add(small)
    matchStatistics(finished, statistics.result(), wanted.result())
  }
  return finished

  /** @param down the rows that are kept of it @param across the columns */
  async function finishBlock(block: Area, down: Span, across: Span): Promise<void> {
    const corrected = await correct(block, waiting.crop(enlarge(block)))
    const kept = enlarge({
      top: down.start - block.top,
      left: across.start - block.left,
      height: down.end - down.start,
      width: across.end - across.start,
    })
    const coloured = crop(corrected, kept)
    const part = grey ? toGrey(coloured) : coloured
    if (colour === 'adain') statistics.add(part)
    paste(tensorToImage(part, { depth }), finished, down.start * scale, across.start * scale)
  }

  function enlarge({ top, left, height, width }: Area): Area {
    return { top: top * scale, left: left * scale, height: height * scale, width: width * scale }
  }

  async function correct(block: Area, large: Tensor<'float32'>): Promise<Tensor<'float32'>> {
    if (iterations === 0 && !wavelet) return large
    const session = await options.openCorrection(block)
    const corrected = (await session.run({ small: crop(small, block), large }, { signal })).sample as Tensor<'float32'>
    await checkFinite(corrected, 'The corrected picture')
    return corrected
  }
}

/** Puts a picture into a larger one with as many channels. */
function paste(part: RasterImage, whole: RasterImage, top: number, left: number): void {
  const length = part.width * part.channels
  for (let y = 0; y < part.height; y++) {
    const row = part.data.subarray(y * length, (y + 1) * length)
    whole.data.set(row, ((top + y) * whole.width + left) * whole.channels)
  }
}
