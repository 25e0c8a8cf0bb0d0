import { readSafetensors } from '@latentkit/checkpoints'
import {
  createTorchGenerator,
  float16,
  float32,
  InvalidArgumentError,
  memoryFile,
  type Tensor,
  tensor,
} from '@latentkit/core'
import { describe, expect, test } from 'vitest'
// Tests of this package write the same hand-made files as those of the package that reads them.
import { safetensorsBytes } from '../../../checkpoints/src/safetensors/write-safetensors-fixture.ts'
import { prepareWeights } from '../weight-source.ts'
import { createNearestCode } from './nearest-code.ts'
import { readQuantizer } from './quantizer.ts'
import { parseVQConfig } from './vq-config.ts'

const generator = createTorchGenerator(5)

/** The first of the nearest codes, found by comparing all. */
function compareAll(codes: Float32Array, dim: number, point: ArrayLike<number>): number {
  const distances = Array.from({ length: codes.length / dim }, (_, code) => {
    let distance = 0
    for (let i = 0; i < dim; i++) distance += (point[i]! - codes[code * dim + i]!) ** 2
    return distance
  })
  return distances.indexOf(Math.min(...distances))
}

describe('the nearest code is the one that comparing all finds', () => {
  test.each([
    { dim: 1, count: 300 },
    { dim: 3, count: 4096 },
    { dim: 3, count: 5 },
    { dim: 3, count: 1 },
    { dim: 8, count: 500 },
  ])('$count codes of $dim numbers', ({ dim, count }) => {
    const codes = generator.randn([count, dim]).data
    const nearest = createNearestCode(codes, dim)
    // Among the codes, on them, and far away from all.
    const points = [
      generator.randn([100, dim]).data,
      codes,
      generator.randn([20, dim]).data.map((value) => 100 * value),
    ]
    for (const data of points) {
      for (let start = 0; start < Math.min(data.length, 100 * dim); start += dim) {
        const point = data.subarray(start, start + dim)
        expect(nearest(point)).toBe(compareAll(codes, dim, point))
      }
    }
  })

  test('of equally near ones it is the first', () => {
    const corners = Float32Array.from({ length: 3 * 512 }, (_, i) => (Math.floor(i / 3) >> (i % 3)) & 1)
    const nearest = createNearestCode(corners, 3)
    for (const point of [
      [0.5, 0.5, 0.5],
      [1, 0.5, 0],
      [1, 1, 1],
    ])
      expect(nearest(point)).toBe(compareAll(corners, 3, point))
  })
})

describe('the quantizer', () => {
  const codes = [0, 0, 1, 0, 0, 1, 1, 1]
  const config = parseVQConfig({ num_vq_embeddings: 4, latent_channels: 2 })
  const weightsOf = async (tensor: Tensor) => {
    const { data, dtype, shape } = tensor
    const header = {
      'quantize.embedding.weight': { dtype: dtype.replace('float', 'F'), shape, data_offsets: [0, data.byteLength] },
    }
    const bytes = safetensorsBytes(header, new Uint8Array(data.buffer))
    return prepareWeights(await readSafetensors(memoryFile('codes.safetensors', bytes)))
  }

  test('gives codes and indices, picture by picture', async () => {
    const { quantize } = await readQuantizer(config, await weightsOf(float32([4, 2], codes)))
    // Two pictures of 1×2 pixels: channel after channel.
    const { latents, indices } = quantize(float32([2, 2, 1, 2], [0.9, 0.1, 0.2, 0.8, 5, -5, 5, -5]))
    expect(latents).toEqual(float32([2, 2, 1, 2], [1, 0, 0, 1, 1, 0, 1, 0]))
    expect(indices).toEqual(tensor('int64', [2, 1, 2], BigInt64Array.of(1n, 2n, 3n, 0n)))
  })

  test('codes of half precision are widened', async () => {
    const { quantize } = await readQuantizer(config, await weightsOf(float16([4, 2], codes)))
    expect(quantize(float32([1, 2, 1, 1], [0.9, 0.8])).latents).toEqual(float32([1, 2, 1, 1], [1, 1]))
  })

  test('what does not fit is refused by name', async () => {
    const { quantize } = await readQuantizer(config, await weightsOf(float32([4, 2], codes)))
    for (const shape of [
      [1, 3, 1, 1],
      [2, 2],
    ])
      expect(() => quantize(float32(shape, new Float32Array(4).slice(0, shape[1]! * shape[0]!)))).toThrow(
        InvalidArgumentError,
      )
    await expect(readQuantizer(config, await weightsOf(float32([2, 4], codes)))).rejects.toThrow(
      'Weight "quantize.embedding.weight" has shape [2,4]; expected [4,2]. Does codes.safetensors belong to this config.json?',
    )
    await expect(readQuantizer(config, await weightsOf(float32([4, 2], codes.with(5, Number.NaN))))).rejects.toThrow(
      'Weight "quantize.embedding.weight" holds NaN at element 5 in codes.safetensors. The checkpoint is damaged',
    )
  })
})
