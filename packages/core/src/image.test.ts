import { expect, test } from 'vitest'
import { InvalidArgumentError } from './errors/index.ts'
import { imageToTensor, rasterImage, tensorToImage } from './image.ts'
import { float32 } from './tensor.ts'

test('every 8-bit sample survives the way to a tensor and back', () => {
  const data = Uint8Array.from({ length: 256 * 3 }, (_, i) => (i * 7) % 256)
  expect(tensorToImage(imageToTensor(rasterImage(16, 16, 3, data))).data).toEqual(data)
})

test('samples run from −1 to 1, planes follow one another', () => {
  const { shape, data } = imageToTensor(rasterImage(2, 1, 3, Uint8Array.of(0, 255, 51, 255, 0, 102)))
  expect(shape).toEqual([1, 3, 1, 2])
  expect([...data].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([-1, 1, 1, -1, -0.6, -0.2])
})

test('grey becomes three equal planes and alpha is left out', () => {
  expect([...imageToTensor(rasterImage(1, 1, 2, Uint8Array.of(255, 7))).data]).toEqual([1, 1, 1])
  expect([...imageToTensor(rasterImage(1, 1, 4, Uint8Array.of(0, 255, 0, 9))).data]).toEqual([-1, 1, -1])
})

test('values outside −1…1 are clamped and halves go to the even sample', () => {
  expect([...tensorToImage(float32([1, 3, 1, 1], [-3, 2, 0])).data]).toEqual([0, 255, 128])
})

test('samples that do not fit the size are refused', () => {
  expect(() => rasterImage(2, 2, 3, new Uint8Array(11))).toThrow(InvalidArgumentError)
  expect(() => rasterImage(0, 2, 3, new Uint8Array(0))).toThrow(
    'width is 0; expected a whole number of pixels above 0.',
  )
})
