import { rasterImage } from '@latentkit/core'
import { expect, test } from 'vitest'
import { fillTransparent } from './fill-transparent.ts'

type Pixel = readonly [red: number, green: number, blue: number, cover: number]
const hidden: Pixel = [9, 9, 9, 0]

function filled(width: number, pixels: readonly Pixel[]): number[][] {
  const { data } = fillTransparent(rasterImage(width, pixels.length / width, 4, Uint8Array.from(pixels.flat())))
  return pixels.map((_, i) => [...data.subarray(4 * i, 4 * i + 4)])
}

test('a hidden pixel gets the mean of the nearest that is seen, weighed by cover', () => {
  const [red, green, blue]: Pixel[] = [
    [255, 0, 0, 255],
    [0, 255, 0, 51],
    [0, 0, 255, 204],
  ]
  const near = [255, 0, 0, 0]
  const mixed = [0, 51, 204, 0]
  const far = [128, 26, 102, 0]
  const pixels = Array<Pixel>(16).fill(hidden).with(0, red!).with(10, blue!).with(15, green!)
  expect(filled(4, pixels)).toEqual([
    ...[red, near, far, far],
    ...[near, near, far, far],
    ...[far, far, blue, mixed],
    ...[far, far, mixed, green],
  ])
})

test('sides may be odd', () => {
  const [a, b]: Pixel[] = [
    [10, 20, 30, 1],
    [40, 50, 60, 255],
  ]
  expect(filled(3, [a!, hidden, b!])).toEqual([a, [10, 20, 30, 0], b])
  expect(filled(1, [a!, hidden, hidden, hidden, b!])[1]).toEqual([10, 20, 30, 0])
})

test('a picture of which all or nothing is seen stays as it is', () => {
  for (const cover of [0, 1, 255]) {
    const image = rasterImage(2, 2, 2, Uint8Array.of(7, cover, 8, cover, 9, cover, 10, cover))
    expect(fillTransparent(image)).toBe(image)
  }
  const opaque = rasterImage(2, 1, 3, Uint8Array.of(9, 9, 0, 8, 8, 7))
  expect(fillTransparent(opaque)).toBe(opaque)
})
