import {
  float32,
  type RasterImage,
  rasterImage,
  type SampleDepth,
  type Session,
  type Tensor,
  tensorToImage,
  zeroSamples,
} from '@latentkit/core'
import { checkFinite } from './check-finite.ts'
import type { ColourMode } from './colour-mode.ts'
import { correctionReach, stripRows } from './correction.ts'
import { crop } from './crop.ts'
import { toGrey } from './grey.ts'
import { createStatistics, matchStatistics } from './match-statistics.ts'
import type { RowChunk } from './run-tiles.ts'

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
  /** The graph that corrects a strip of so many rows of the small picture. */
  openCorrection(rows: number): Promise<Session>
  readonly signal?: AbortSignal | undefined
}

/**
 * Turns decoded rows into a picture of samples as they come: cropped, corrected strip by strip, rounded. Strips are corrected with
 * as many rows around them as can matter, so that the result does not depend on where they are cut.
 */
export async function finishRows(chunks: AsyncIterable<RowChunk>, options: FinishOptions): Promise<RasterImage> {
  const { small, scale, depth, grey, colour, iterations, signal } = options
  const [, , height, width] = small.shape as [number, number, number, number]
  const wavelet = colour === 'wavelet'
  const margin = correctionReach({ wavelet, iterations })
  const context = Math.min(height, stripRows + 2 * margin)
  const image = zeroSamples(width * scale * height * scale * 3, depth)
  const statistics = createStatistics()
  let held: Tensor<'float32'> | undefined
  let heldTop = 0
  let done = 0

  const contextTop = (strip: number) => Math.max(0, Math.min(strip - margin, height - context))
  for await (const { rows } of chunks) {
    held = held ? joinRows(held, rows) : rows
    while (done < height) {
      const top = contextTop(done)
      if (heldTop + held.shape[2]! < (top + context) * scale) break
      const end = top + context === height ? height : done + stripRows
      const area = { top: top * scale - heldTop, left: 0, height: context * scale, width: width * scale }
      const corrected = await correct(crop(held, area), top)
      const coloured = crop(corrected, {
        top: (done - top) * scale,
        left: 0,
        height: (end - done) * scale,
        width: width * scale,
      })
      const strip = grey ? toGrey(coloured) : coloured
      if (colour === 'adain') statistics.add(strip)
      image.set(tensorToImage(strip, { depth }).data, done * scale * width * scale * 3)
      done = end
      const keepFrom = Math.min(done < height ? contextTop(done) * scale : heldTop, heldTop + held.shape[2]!)
      held = crop(held, {
        top: keepFrom - heldTop,
        left: 0,
        height: heldTop + held.shape[2]! - keepFrom,
        width: held.shape[3]!,
      })
      heldTop = keepFrom
    }
  }
  const finished = rasterImage(width * scale, height * scale, 3, image)
  if (colour !== 'adain') return finished
  const wanted = createStatistics()
  wanted.add(small)
  return matchStatistics(finished, statistics.result(), wanted.result())

  async function correct(large: Tensor<'float32'>, top: number): Promise<Tensor<'float32'>> {
    if (iterations === 0 && !wavelet) return large
    const session = await options.openCorrection(context)
    const part = crop(small, { top, left: 0, height: context, width })
    const corrected = (await session.run({ small: part, large }, { signal })).sample as Tensor<'float32'>
    await checkFinite(corrected, 'The corrected picture')
    return corrected
  }
}

/** Two tensors `[1, c, h, w]` one below the other. */
function joinRows(upper: Tensor<'float32'>, lower: Tensor<'float32'>): Tensor<'float32'> {
  const [, channels, above, width] = upper.shape as [number, number, number, number]
  const below = lower.shape[2]!
  const data = new Float32Array(upper.data.length + lower.data.length)
  for (let c = 0; c < channels; c++) {
    data.set(upper.data.subarray(c * above * width, (c + 1) * above * width), c * (above + below) * width)
    data.set(lower.data.subarray(c * below * width, (c + 1) * below * width), (c * (above + below) + above) * width)
  }
  return float32([1, channels, above + below, width], data)
}
