import { createNodeBackend } from '@latentkit/backend-node'
import { float32, resizeTensor, type Size, type Tensor } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import { afterAll, expect, test } from 'vitest'
import { createGraphSession } from '../create-graph-session.ts'
import { buildCorrection, type Correction, correctionReach } from './correction.ts'
import { crop } from './crop.ts'
import { draw } from './draw-fixture.ts'

const backend = createNodeBackend()
afterAll(() => backend.dispose())

const add = (a: Tensor<'float32'>, b: Tensor<'float32'>, factor: number) =>
  float32(
    a.shape,
    a.data.map((value, k) => value + factor * b.data[k]!),
  )
const limit = ({ shape, data }: Tensor<'float32'>) =>
  float32(
    shape,
    data.map((value) => Math.min(1, Math.max(-1, value))),
  )
const size = ({ shape }: Tensor) => ({ height: shape[2]!, width: shape[3]! })

/** As an 8-bit picture is reduced: limited after each direction. */
function reduce(picture: Tensor<'float32'>, to: Size): Tensor<'float32'> {
  const narrow = resizeTensor(picture, { width: to.width, height: picture.shape[2]! }, 'bicubic')
  return limit(resizeTensor(limit(narrow), to, 'bicubic'))
}

async function correct(small: Tensor, large: Tensor, options: Correction) {
  const session = await createGraphSession(
    backend,
    buildCorrection({ batch: small.shape[0]!, ...size(small), scale: 4, ...options }),
  )
  return (await session.run({ small, large })).sample as Tensor<'float32'>
}

/** What is left after the levels of an à-trous wavelet with taps ¼ ½ ¼; taps outside the picture are left out. */
function waveletResidual(source: Tensor<'float32'>): Tensor<'float32'> {
  const [n, c, height, width] = source.shape as [number, number, number, number]
  let data = source.data
  for (const dilation of [1, 2, 4]) {
    const next = new Float32Array(data.length)
    for (let plane = 0; plane < n * c; plane++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          let [sum, weights] = [0, 0]
          for (const dy of [-1, 0, 1]) {
            for (const dx of [-1, 0, 1]) {
              const [row, column] = [y + dy * dilation, x + dx * dilation]
              if (row < 0 || row >= height || column < 0 || column >= width) continue
              const weight = (dy ? 0.25 : 0.5) * (dx ? 0.25 : 0.5)
              sum += weight * data[(plane * height + row) * width + column]!
              weights += weight
            }
          }
          next[(plane * height + y) * width + x] = sum / weights
        }
      }
    }
    data = next
  }
  return float32(source.shape, data)
}

const sizes = [
  [1, 1],
  [2, 9],
  [13, 16],
] as const

test.each(sizes)('back-projection of a picture of %i×%i is as by Pillow’s resize', async (height, width) => {
  const small = draw([2, 3, height, width], 3)
  const large = draw([2, 3, height * 4, width * 4], 4)
  const addMissing = (picture: Tensor<'float32'>, factor: number) => {
    const missing = add(small, reduce(picture, size(small)), -1)
    return limit(add(picture, resizeTensor(missing, size(large), 'bicubic'), factor))
  }
  const first = addMissing(large, 1.2)
  const second = addMissing(add(first, add(first, large, -1), 0.7), 1.2)
  const expected = addMissing(add(second, add(second, first, -1), 0.7), 1)
  const sample = await correct(small, large, { wavelet: false, iterations: 3 })
  expect(largestDifference(sample.data, expected.data)).toBeLessThan(2e-6)
})

test('four iterations bring a picture that is nowhere near saturated within a level of the small one', async () => {
  const smooth = (seed: number, side: number) =>
    resizeTensor(draw([1, 3, 12, 12], seed), { height: side, width: side }, 'bicubic')
  const small = add(smooth(8, 24), draw([1, 3, 24, 24], 9), 0.2)
  const large = add(smooth(10, 96), draw([1, 3, 96, 96], 11), 0.2)
  const calm = (x: Tensor<'float32'>) => add(x, x, -0.7)
  const sample = await correct(calm(small), calm(large), { wavelet: false, iterations: 4 })
  const reduced = resizeTensor(sample, size(small), 'bicubic')
  expect(largestDifference(reduced.data, calm(small).data)).toBeLessThan(1 / 127.5)
})

test('eight iterations bring a saturated picture within a level of the small one', async () => {
  const smooth = (seed: number) => resizeTensor(draw([1, 3, 24, 24], seed), { height: 128, width: 128 }, 'bicubic')
  const picture = limit(add(smooth(12), smooth(12), 4))
  const small = reduce(picture, { height: 32, width: 32 })
  const large = limit(add(picture, draw([1, 3, 128, 128], 13), 0.3))
  const sample = await correct(small, large, { wavelet: false, iterations: 8 })
  const reduced = reduce(sample, size(small))
  expect(largestDifference(reduced.data, small.data)).toBeLessThan(1 / 127.5)
})

test.each(sizes)('the colours of a picture of %i×%i are corrected by the wavelet’s residual', async (height, width) => {
  const small = draw([1, 3, height, width], 5)
  const large = draw([1, 3, height * 4, width * 4], 6)
  const missing = waveletResidual(add(small, reduce(large, size(small)), -1))
  const expected = add(large, resizeTensor(missing, size(large), 'bicubic'), 1)
  const sample = await correct(small, large, { wavelet: true, iterations: 0 })
  expect(largestDifference(sample.data, limit(expected).data)).toBeLessThan(2e-6)
})

test.each([
  { wavelet: false, iterations: 3 },
  { wavelet: true, iterations: 0 },
  { wavelet: true, iterations: 2 },
])('nothing matters that lies further away than the reach says, and what lies nearer does (%j)', async (options) => {
  const reach = correctionReach(options)
  const [height, width] = [2 * reach + 1, 2 * reach + 3]
  const small = draw([1, 3, height, width], 3)
  const large = draw([1, 3, height * 4, width * 4], 4)
  // From this column on of the small picture everything is another.
  const change = (column: number) => (values: Tensor<'float32'>, pixels: number) =>
    float32(
      values.shape,
      values.data.map((value, i) => (i % (width * pixels) < column * pixels ? value : -value)),
    )
  const session = await createGraphSession(backend, buildCorrection({ batch: 1, height, width, scale: 4, ...options }))
  const firstColumn = async (column: number) => {
    const other = change(column)
    const { sample } = await session.run({ small: other(small, 1), large: other(large, 4) })
    return crop(sample as Tensor<'float32'>, { top: 0, left: 0, height: height * 4, width: 4 }).data
  }
  const expected = await firstColumn(width)
  expect(largestDifference(await firstColumn(reach + 1), expected)).toBe(0)
  expect(largestDifference(await firstColumn(Math.ceil(reach / 2)), expected)).toBeGreaterThan(0)
})

test('a cast over the whole picture goes, its detail stays', async () => {
  const small = draw([1, 3, 24, 24], 7)
  const right = resizeTensor(small, { height: 96, width: 96 }, 'bicubic')
  const cast = float32(
    right.shape,
    right.data.map((value, i) => 0.8 * value + (i < right.data.length / 3 ? 0.2 : -0.1)),
  )
  const corrected = await correct(small, cast, { wavelet: true, iterations: 0 })
  const mean = ({ data }: Tensor<'float32'>, channel: number) =>
    data.subarray(channel * 96 ** 2, (channel + 1) * 96 ** 2).reduce((sum, value) => sum + value, 0) / 96 ** 2
  for (const channel of [0, 1, 2]) {
    expect(Math.abs(mean(cast, channel) - mean(right, channel))).toBeGreaterThan(0.08)
    expect(Math.abs(mean(corrected, channel) - mean(right, channel))).toBeLessThan(0.01)
  }
})

test('a model that enlarges nothing is corrected, too: back-projection gives the small picture', async () => {
  // Nowhere saturated.
  const calm = (seed: number) => limit(add(draw([1, 3, 12, 10], seed), draw([1, 3, 12, 10], seed), -0.5))
  const small = calm(3)
  const options = { batch: 1, ...size(small), scale: 1, wavelet: false, iterations: 1 }
  const session = await createGraphSession(backend, buildCorrection(options))
  const { sample } = await session.run({ small, large: calm(4) })
  expect(largestDifference(sample!.data as Float32Array, small.data)).toBeLessThan(1e-6)
  const wavelet = await createGraphSession(backend, buildCorrection({ ...options, wavelet: true, iterations: 0 }))
  const same = (await wavelet.run({ small, large: small })).sample!
  expect(largestDifference(same.data as Float32Array, small.data)).toBeLessThan(1e-6)
})
