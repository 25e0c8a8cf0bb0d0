import type { Size } from '@latentkit/core'
import { type Correction, correctionReach } from './correction.ts'
import { spreadTiles, type TileAxis, type TileGrid } from './tile-grid.ts'

/** Pixels along one axis, `end` not among them. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Longest sides of the blocks that a picture is corrected in, from the largest: in pixels of the small picture, with what lies
 * around a block as far as the correction reaches. Of a smaller block less is kept, so it takes longer; a larger one saves
 * little time, since it leaves the processor's caches (decision 11).
 */
export function blockLimits(correction: Correction): readonly number[] {
  const around = 2 * correctionReach(correction)
  // Nothing is corrected: pieces are only cut out, and small ones wait for fewer rows.
  if (around === 0) return [48]
  const kept = Math.max(192 - around, Math.min(1.5 * around, 384))
  return [kept, kept / 2, kept / 4].map((side) => around + Math.ceil(side))
}

/** Blocks of one size that cover a picture, so that one session corrects them all. */
export function planBlocks({ width, height }: Size, correction: Correction, limit: number): TileGrid {
  const options = { limit, overlap: 2 * correctionReach(correction), multiple: 1 }
  return { rows: spreadTiles(height, options), columns: spreadTiles(width, options) }
}

/** What is kept of each block along an axis: every pixel once, none nearer to where its block is cut than `reach`. */
export function keptSpans({ size, starts }: TileAxis, reach: number): readonly Span[] {
  const cuts = [0, ...starts.slice(1).map((start) => start + reach), size]
  return starts.map((_, i) => ({ start: cuts[i]!, end: cuts[i + 1]! }))
}
