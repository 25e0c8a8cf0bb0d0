import { InvalidArgumentError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { readImage } from './read-image.ts'

const rgb = [10, 20, 30, 200, 100, 0]

/** Two pixels side by side, on a canvas. */
function drawn(alpha = 255): { pixels: ImageData; canvas: OffscreenCanvas } {
  const pixels = new ImageData(Uint8ClampedArray.of(10, 20, 30, 255, 200, 100, 0, alpha), 2, 1)
  const canvas = new OffscreenCanvas(2, 1)
  canvas.getContext('2d')!.putImageData(pixels, 0, 0)
  return { pixels, canvas }
}

test('pixels that are there already are read, in whatever they are held', async () => {
  const { pixels, canvas } = drawn()
  const element = document.createElement('canvas')
  Object.assign(element, { width: 2, height: 1 })
  element.getContext('2d')!.putImageData(pixels, 0, 0)
  const image = new Image()
  image.src = element.toDataURL('image/png')
  await image.decode()
  const frame = new VideoFrame(canvas, { timestamp: 0 })
  for (const source of [pixels, canvas, element, image, await createImageBitmap(canvas), frame]) {
    const read = await readImage(source)
    expect([read.width, read.height, read.channels, ...read.data]).toEqual([2, 1, 3, ...rgb])
  }
  frame.close()
})

test('what is larger than wanted is refused', async () => {
  const { canvas } = drawn()
  expect((await readImage(canvas, { maxPixels: 2 })).width).toBe(2)
  await expect(readImage(canvas, { maxPixels: 1 })).rejects.toThrow('picture: has 2×1 pixels, more than')
})

test('what is transparent stays so, to the sample', async () => {
  const { pixels } = drawn(7)
  const { channels, data } = await readImage(pixels)
  expect([channels, ...data]).toEqual([4, 10, 20, 30, 255, 200, 100, 0, 7])
  pixels.data.fill(0)
  expect(data[0]).toBe(10)
})

test('what has no pixels yet, or is none of these, is told', async () => {
  const refused = (source: unknown) => expect(readImage(source as Blob)).rejects
  await refused(new Image()).toThrow(InvalidArgumentError)
  await refused(new Image()).toThrow(/^source is .*; expected one with pixels that this page may see \(/)
  await refused(new OffscreenCanvas(0, 1)).toThrow(InvalidArgumentError)
  await refused(new Response('x')).toThrow(
    /^source is a Response; expected a Blob, .* Give await response\.blob\(\)\.$/,
  )
  await refused('photo.jpg').toThrow(/^source is "photo\.jpg"; expected a Blob, .* Of an address, fetch it\.$/)
  await refused(undefined).toThrow(InvalidArgumentError)
})
