import { expect, test } from 'vitest'
import { correctionReach } from './correction.ts'
import { blockLimits, keptSpans, planBlocks } from './correction-blocks.ts'
import { tileCount } from './tile-grid.ts'

const corrections = [
  { wavelet: false, iterations: 0 },
  { wavelet: true, iterations: 0 },
  { wavelet: false, iterations: 8 },
  { wavelet: true, iterations: 16 },
  { wavelet: false, iterations: 100 },
]

test.each(corrections)(
  'blocks of one size keep every pixel once, with all around it that matters (%j)',
  (correction) => {
    const reach = correctionReach(correction)
    for (const limit of blockLimits(correction)) {
      for (const width of [1, 63, limit - 1, limit, limit + 1, 2 * limit - 2 * reach + 1, 4001]) {
        const axis = planBlocks({ width, height: 7 }, correction, limit).columns
        expect(axis.tile).toBeLessThanOrEqual(limit)
        expect([axis.starts[0], axis.starts.at(-1)! + axis.tile]).toEqual([0, width])
        const spans = keptSpans(axis, reach)
        expect([spans[0]!.start, spans.at(-1)!.end]).toEqual([0, width])
        for (const [i, { start, end }] of spans.entries()) {
          const [from, to] = [axis.starts[i]!, axis.starts[i]! + axis.tile]
          expect(end).toBeGreaterThan(start)
          if (i > 0) expect(start).toBe(spans[i - 1]!.end)
          if (from > 0) expect(start - from).toBeGreaterThanOrEqual(reach)
          if (to < width) expect(to - end).toBeGreaterThanOrEqual(reach)
        }
      }
    }
  },
)

test('what a block takes is bounded, and a small picture is one block', () => {
  expect(corrections.map(blockLimits)).toEqual([
    [48],
    [192, 107, 65],
    [192, 128, 96],
    [375, 263, 207],
    [1184, 992, 896],
  ])
  const correction = corrections[2]!
  expect(tileCount(planBlocks({ width: 192, height: 192 }, correction, 192))).toBe(1)
  const { rows, columns } = planBlocks({ width: 8000, height: 6000 }, correction, 192)
  expect([rows.tile, columns.tile]).toEqual([191, 192])
})
