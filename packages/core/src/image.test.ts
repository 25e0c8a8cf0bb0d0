import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { InvalidArgumentError } from './errors/index.ts'
import {
  assertImage,
  isOpaque,
  largestSample,
  type RasterImage,
  rasterImage,
  sampleDepth,
  withDepth,
  withoutAlpha,
} from './image.ts'
import { imageToTensor, tensorToImage } from './image-tensor.ts'
import { float32 } from './tensor.ts'

test('every 8-bit sample survives the way to a tensor and back', () => {
  const data = Uint8Array.from({ length: 256 * 3 }, (_, i) => (i * 7) % 256)
  expect(tensorToImage(imageToTensor(rasterImage(16, 16, 3, data))).data).toEqual(data)
})

test('every 16-bit sample survives the way to a tensor and back', () => {
  const data = Uint16Array.from({ length: 65536 * 3 }, (_, i) => (i * 7) % 65536)
  const back = tensorToImage(imageToTensor(rasterImage(256, 256, 3, data)), { depth: 16 }).data
  expect(back.findIndex((sample, i) => sample !== data[i])).toBe(-1)
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
  const values = float32([1, 3, 1, 1], [-3, 2, 0])
  expect([...tensorToImage(values).data]).toEqual([0, 255, 128])
  expect([...tensorToImage(values, { depth: 16 }).data]).toEqual([0, 65535, 32768])
})

test('one picture of a batch is taken by its index', () => {
  const values = float32([2, 3, 1, 1], [-1, -1, -1, 1, 1, 1])
  expect([...tensorToImage(values, { index: 1 }).data]).toEqual([255, 255, 255])
  const three = float32([3, 3, 2, 1], [...Array(12).fill(-1), ...Array(6).fill(1)])
  expect([0, 1, 2].map((index) => tensorToImage(three, { index }).data[5])).toEqual([0, 0, 255])
  expect(() => tensorToImage(values, { index: 2 })).toThrow(InvalidArgumentError)
})

test('a tensor that is no batch of three planes is told by its shape', () => {
  for (const shape of [
    [1, 4, 1, 1],
    [3, 1, 1],
  ])
    expect(() => tensorToImage(float32(shape, Array(shape[1] === 4 ? 4 : 3).fill(0)))).toThrow(
      /^tensor is \[.*\]; expected a shape \[batch, (3|channels), height, width\]/,
    )
  expect(() => tensorToImage(float32([1, 3, 0, 1], []))).toThrow('none of them 0')
})

test('samples may come from another realm, as those of a frame on a page do', () => {
  const foreign = runInNewContext('new Uint8Array([1, 2, 3])')
  expect(withDepth(rasterImage(1, 1, 3, foreign), 16).data).toEqual(Uint16Array.of(257, 514, 771))
  const clamped = runInNewContext('new Uint8ClampedArray([1, 2, 3])')
  expect(rasterImage(1, 1, 3, clamped).data).toEqual(Uint8Array.of(1, 2, 3))
})

test('the depth of a picture is known and can be changed', () => {
  const metadata = { density: 300 }
  const deep = rasterImage(2, 2, 1, Uint16Array.of(0, 128, 129, 65535), metadata)
  expect([sampleDepth(deep), largestSample(16), largestSample(8)]).toEqual([16, 65535, 255])
  const shallow = withDepth(deep, 8)
  // 128.5 is half a level: rounded, not cut.
  expect(shallow).toEqual(rasterImage(2, 2, 1, Uint8Array.of(0, 0, 1, 255), metadata))
  expect(withDepth(shallow, 8)).toBe(shallow)
  const clamped = { ...shallow, data: Uint8ClampedArray.from(shallow.data) as never }
  expect(withDepth(clamped, 8)).toEqual(shallow)
  expect([...withDepth(shallow, 16).data]).toEqual([0, 0, 257, 65535])
})

test('alpha that is full everywhere is told from transparency, and can be left out', () => {
  const metadata = { density: 300 }
  const deep = rasterImage(1, 2, 2, Uint16Array.of(1, 65535, 2, 65535), metadata)
  expect(isOpaque(deep)).toBe(true)
  expect(isOpaque(rasterImage(1, 2, 2, Uint16Array.of(1, 65535, 2, 255)))).toBe(false)
  expect(isOpaque(rasterImage(1, 1, 4, Uint8Array.of(0, 0, 0, 255)))).toBe(true)
  expect(isOpaque(rasterImage(1, 1, 4, Uint8Array.of(255, 255, 255, 254)))).toBe(false)
  expect(withoutAlpha(deep)).toEqual(rasterImage(1, 2, 1, Uint16Array.of(1, 2), metadata))
  const colours = rasterImage(2, 1, 3, Uint8Array.of(1, 2, 3, 5, 6, 7))
  expect(withoutAlpha(rasterImage(2, 1, 4, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)))).toEqual(colours)
  expect(isOpaque(colours)).toBe(true)
  expect(withoutAlpha(colours)).toBe(colours)
})

test('metadata is kept as frozen plain data', () => {
  const { metadata } = rasterImage(1, 1, 1, Uint8Array.of(0), { xmp: '<x/>' })
  expect(metadata).toEqual({ xmp: '<x/>' })
  expect(Object.isFrozen(metadata)).toBe(true)
  expect(Object.hasOwn(rasterImage(1, 1, 1, Uint8Array.of(0)), 'metadata')).toBe(false)
})

test('samples that do not fit the size are refused', () => {
  expect(() => rasterImage(2, 2, 3, new Uint8Array(11))).toThrow(InvalidArgumentError)
  expect(() => rasterImage(0, 2, 3, new Uint8Array(0))).toThrow(
    'width is 0; expected a whole number of pixels above 0.',
  )
})

test('samples of another kind are refused, those of a canvas are taken', () => {
  for (const data of [new Float32Array(3), new Int8Array(3), [1, 2, 3], 'abc', undefined]) {
    expect(() => rasterImage(1, 1, 3, data as never)).toThrow(/^data is .*expected a Uint8Array or a Uint16Array/)
  }
  const canvas = new Uint8ClampedArray(8).subarray(1, 4)
  const { data } = rasterImage(1, 1, 3, canvas)
  expect(data.constructor).toBe(Uint8Array)
  canvas[2] = 7
  expect([...data]).toEqual([0, 0, 7])
})

test('what somebody gives as a picture is checked, and the usual slips are told', () => {
  const image = rasterImage(2, 1, 3, new Uint8Array(6))
  expect(assertImage(image)).toEqual(image)
  const given = (value: object | undefined) => expect(() => assertImage(value as RasterImage))
  given(undefined).toThrow(/^image is undefined; expected a picture, such as readImage gives\.$/)
  given({ data: null }).toThrow(/^image is .*; expected a picture, such as readImage gives\.$/)
  given({ ...image, data: Object.create(null) }).toThrow('data is "object"; expected a Uint8Array')
  given({ images: [image] }).toThrow(/expected a picture, such as readImage gives\. Of a result, give images\[0\]\.$/)
  given(Promise.resolve(image)).toThrow('image is a promise, which is to be awaited; expected a picture')
  given({ ...image, data: new Float32Array(6) }).toThrow('data is "Float32Array"; expected a Uint8Array')
  given({ ...image, data: new Uint8Array(8) }).toThrow('data.length is 8; expected 6 (2×1×3).')
})
