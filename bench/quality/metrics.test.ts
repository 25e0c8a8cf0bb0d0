import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rasterImage } from '@latentkit/core'
import { expect, test } from 'vitest'
import { measure } from './metrics.ts'

const [height, width] = [41, 56]
const draw = (sample: (x: number, y: number, c: number) => number) =>
  rasterImage(
    width,
    height,
    3,
    Uint8ClampedArray.from({ length: height * width * 3 }, (_, i) =>
      sample(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3),
    ) as unknown as Uint8Array,
  )
const pattern = (x: number, y: number, c: number) =>
  (Math.floor((x * x) / 7) + 5 * y + 40 * c + ((Math.floor(x / 8) + Math.floor(y / 8)) % 2) * 90) % 256
const original = draw(pattern)
const made = draw((x, y, c) => pattern(x, y, c) + ((x * 31 + y * 17 + c * 11) % 41) - 17 - 3 * c)

test('figures are those of scikit-image and scipy (__fixtures__/make-metrics.py)', () => {
  const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '__fixtures__/metrics.json'), 'utf8'))
  const figures = measure(made, original)
  expect(figures.psnr).toBeCloseTo(recorded.psnr, 9)
  expect(figures.ssim).toBeCloseTo(recorded.ssim, 9)
  expect(figures.gmsd).toBeCloseTo(recorded.gmsd, 9)
  for (const channel of [0, 1, 2]) expect(figures.shift[channel]).toBeCloseTo(recorded.shift[channel], 9)
})

test('samples count as off if they differ by more than a level when reduced', () => {
  const grey = draw(() => 100)
  const half = (levels: number) => draw((x, _, c) => 100 + (x < width / 2 && c === 0 ? levels : 0))
  expect(measure(half(1), grey).off).toBe(0)
  expect(measure(half(4), grey).off).toBeCloseTo(1 / 6, 1)
})

test('a picture is equal to itself', () => {
  expect(measure(original, original)).toEqual({
    psnr: Number.POSITIVE_INFINITY,
    ssim: expect.closeTo(1, 12),
    gmsd: 0,
    shift: [0, 0, 0],
    off: 0,
  })
})
