import { describe, expect, test } from 'vitest'
import recorded from '../__fixtures__/resize.json' with { type: 'json' }
import { InvalidArgumentError } from '../errors/index.ts'
import { type ChannelCount, rasterImage } from '../image.ts'
import { float32 } from '../tensor.ts'
import { decodeRecordedTensor, largestDifference, type RecordedTensor } from '../testing/index.ts'
import type { ResizeFilter } from './filters.ts'
import { resizeImage } from './resize-image.ts'
import { resizeTensor } from './resize-tensor.ts'

describe('the bytes of Pillow', () => {
  for (const { kind, mode, source, results } of recorded.cases) {
    const { shape, data } = decodeRecordedTensor<'uint8'>(source as RecordedTensor)
    const [height, width, channels = 1] = shape as [number, number, number?]
    const image = rasterImage(width, height, channels as ChannelCount, data)
    for (const result of results) {
      test(`${kind} ${mode} ${width}×${height} to ${result.width}×${result.height}, ${result.filter}`, () => {
        const resized = resizeImage(image, result, result.filter as ResizeFilter)
        expect(resized).toMatchObject({ width: result.width, height: result.height, channels: image.channels })
        expect(
          Buffer.from(resized.data).equals(decodeRecordedTensor<'uint8'>(result.value as RecordedTensor).data),
        ).toBe(true)
      })
    }
  }
})

test('the picture that is given stays as it is, also in a Node Buffer, whose slice is a view', () => {
  const bytes = [200, 100, 50, 128, 10, 20, 30, 0]
  for (const width of [1, 2]) {
    const image = rasterImage(2, 1, 4, Buffer.from(bytes))
    resizeImage(image, { width, height: 1 }, 'bicubic').data.fill(1)
    expect([...image.data]).toEqual(bytes)
  }
})

describe('the floats of Pillow', () => {
  for (const { source, results } of recorded.float_cases) {
    const { shape, data } = decodeRecordedTensor<'float32'>(source as RecordedTensor)
    const plane = float32([1, 1, ...shape], data)
    for (const result of results) {
      test(`${shape} to ${result.width}×${result.height}, ${result.filter}`, () => {
        const resized = resizeTensor(plane, result, result.filter as ResizeFilter)
        const expected = decodeRecordedTensor<'float32'>(result.value as RecordedTensor)
        expect(resized.shape).toEqual([1, 1, result.height, result.width])
        expect(largestDifference(resized.data, expected.data)).toBeLessThan(1e-5)
      })
    }
  }
})

describe('16 bits', () => {
  const size = { width: 9, height: 5 }
  const deep = Uint16Array.from({ length: 6 * 7 * 4 }, (_, i) => (i * 7919 + 13) % 65536)

  test('are the floats of Pillow, rounded', () => {
    const grey = deep.subarray(0, 42)
    const resized = resizeImage(rasterImage(6, 7, 1, grey), size, 'bicubic')
    const floats = resizeTensor(float32([1, 1, 7, 6], Float32Array.from(grey)), size, 'bicubic').data
    expect([...resized.data]).toEqual(Array.from(floats, (v) => Math.round(Math.min(65535, Math.max(0, v)))))
  })

  test('are near the bytes of Pillow, alpha and all', () => {
    const bytes = Uint8Array.from(deep, (v, i) => (i % 4 === 3 ? 128 + (v >> 9) : v >> 8))
    const shallow = resizeImage(rasterImage(6, 7, 4, bytes), size, 'bilinear').data
    const wide = Uint16Array.from(bytes, (v) => v * 257)
    const resized = resizeImage(rasterImage(6, 7, 4, wide), size, 'bilinear').data
    // Pillow rounds four times on the way, then divides by an alpha from 128 on.
    const difference = largestDifference(
      Float32Array.from(resized, (v) => v / 257),
      Float32Array.from(shallow),
    )
    expect(difference).toBeLessThan(4)
  })

  test('nearest repeats samples to the bit, clear ones too', () => {
    const image = rasterImage(1, 1, 4, Uint16Array.of(65535, 12345, 1, 0))
    expect([...resizeImage(image, { width: 2, height: 1 }, 'nearest').data]).toEqual([...image.data, ...image.data])
  })
})

test('metadata stays with the picture', () => {
  const metadata = { density: 72 }
  const image = rasterImage(1, 1, 1, Uint8Array.of(9), metadata)
  expect(resizeImage(image, { width: 2, height: 2 }, 'box').metadata).toEqual(metadata)
})

test('a picture of half the size or less has no traces of JPEG', () => {
  const picture = (density?: number) =>
    rasterImage(5, 4, 1, new Uint8Array(20), { compression: 'jpeg', ...(density && { density }) })
  const metadata = (width: number, height: number, density?: number) =>
    resizeImage(picture(density), { width, height }, 'lanczos').metadata
  // Its pixels are those of the file.
  expect(resizeImage(picture(), { width: 2, height: 2 }, 'nearest').metadata).toEqual({ compression: 'jpeg' })
  expect(metadata(3, 3)).toEqual({ compression: 'jpeg' })
  expect(metadata(10, 8)).toEqual({ compression: 'jpeg' })
  // Proportions are kept as well as whole pixels allow.
  expect(metadata(3, 2, 300)).toEqual({ density: 300 })
  expect(metadata(2, 2)).toBeUndefined()
})

test('every plane of a tensor is resized by itself', () => {
  const planes = float32([2, 2, 1, 2], [0, 1, 10, 11, 20, 21, 30, 31])
  const resized = resizeTensor(planes, { width: 1, height: 2 }, 'bilinear')
  expect([...resized.data]).toEqual([0.5, 0.5, 10.5, 10.5, 20.5, 20.5, 30.5, 30.5])
})

test('a resize to the same size is a copy', () => {
  const image = rasterImage(2, 1, 1, Uint8Array.of(1, 2))
  const same = resizeImage(image, image, 'lanczos')
  expect(same).toEqual(image)
  expect(same.data).not.toBe(image.data)
})

test('a size that is no whole number above 0 is refused', () => {
  const image = rasterImage(1, 1, 1, Uint8Array.of(1))
  for (const width of [0, -1, 1.5, Number.NaN]) {
    expect(() => resizeImage(image, { width, height: 1 }, 'box')).toThrow(InvalidArgumentError)
  }
})

test('a filter that there is not is refused', () => {
  const picture = rasterImage(2, 2, 1, new Uint8Array(4))
  expect(() => resizeImage(picture, { width: 4, height: 4 }, 'cubic' as ResizeFilter)).toThrow(
    'filter is "cubic"; expected one of nearest, box, bilinear, hamming, bicubic, lanczos.',
  )
})

test('what keeps its size stays as it is, colours under full transparency, too, and an axis that does is left alone', () => {
  const picture = rasterImage(2, 1, 4, Uint8Array.of(200, 100, 50, 0, 9, 8, 7, 3))
  const tensor = float32([1, 1, 2, 2], [Number.POSITIVE_INFINITY, 1, -0, 1e9])
  for (const filter of ['box', 'bilinear', 'hamming', 'bicubic', 'lanczos'] as const) {
    expect(resizeImage(picture, { width: 2, height: 1 }, filter).data, filter).toEqual(picture.data)
    expect(resizeTensor(tensor, { width: 2, height: 2 }, filter), filter).toEqual(tensor)
    const [first, second] = resizeTensor(tensor, { width: 2, height: 1 }, filter).data
    expect(first, filter).toBe(Number.POSITIVE_INFINITY)
    expect(second, filter).toBeLessThan(1e9)
  }
  expect(resizeTensor(tensor, { width: 2, height: 2 }, 'box').data).not.toBe(tensor.data)
})

test('Parity: distances are multiplied, not divided, and Hamming’s window has float constants', () => {
  // Pillow 9.4: Image.fromarray(np.arange(499) % 256, 'L').resize((198, 1), Image.BOX)
  const box =
    'AQQGCQsOEBMVGBodHyIkJyksLjEzNjg7PUBDRUhKTU9SVFdZXF5hY2Zoa21wcnV3enx/goSHiYyOkZOWmJudoKKlp6qsr7G0trm7vsHDxsjLzdDS1dfa3N/h5Obp6+7w8/X4+/2AAgUHCgwPERQWGRseICMlKCotLzI0Nzo8P0FERklLTlBTVVhaXV9iZGdpbG5xc3Z5e36Ag4WIio2PkpSXmZyeoaOmqKutsLK1uLq9v8LEx8nMztHT1tjb3eDi5efq7O/x'
  const ramp = rasterImage(
    499,
    1,
    1,
    Uint8Array.from({ length: 499 }, (_, i) => i % 256),
  )
  const reduced = resizeImage(ramp, { width: 198, height: 1 }, 'box')
  expect(reduced.data).toEqual(Uint8Array.from(atob(box), (letter) => letter.charCodeAt(0)))
  // Image.fromarray(np.arange(9) ** 2, 'F').resize((7, 1), Image.HAMMING)
  const squares = float32(
    [1, 1, 1, 9],
    Array.from({ length: 9 }, (_, i) => i ** 2),
  )
  expect(resizeTensor(squares, { width: 7, height: 1 }, 'hamming')).toEqual(
    float32(
      [1, 1, 1, 7],
      [
        0.11859902739524841, 2.2212634086608887, 7.799434661865234, 16.08984375, 27.64124298095703, 43.70785903930664,
        62.22101593017578,
      ],
    ),
  )
})
