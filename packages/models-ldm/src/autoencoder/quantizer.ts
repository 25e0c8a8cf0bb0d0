import { readTensor } from '@latentkit/checkpoints'
import { float32, InvalidArgumentError, type Tensor, tensor, widenToFloat32 } from '@latentkit/core'
import { findWeight, requireFinite } from '../find-weight.ts'
import type { WeightSource } from '../weight-source.ts'
import { createNearestCode } from './nearest-code.ts'
import type { VQConfig } from './vq-config.ts'

/** The nearest code of each latent pixel. */
export interface Quantized {
  /** The codes themselves, `[n, vq_embed_dim, h, w]`. */
  readonly latents: Tensor<'float32'>
  /** Their indices, `[n, h, w]`; of equally near codes the first. */
  readonly indices: Tensor<'int64'>
}

/** What replaces latents by the codes that a VQModel's decoder has learnt (van den Oord et al. 2017). */
export interface VectorQuantizer {
  /** @throws InvalidArgumentError if the latents are not `[n, vq_embed_dim, h, w]`. */
  quantize(latents: Tensor<'float32'>): Quantized
}

/**
 * Reads the codes of a VQModel. The search for the nearest one is no work for a network's runtime, which would compare every
 * pixel with every code.
 * @throws WeightError if the codes are missing, have another shape or are not finite; CheckpointError or ModelFilesError if they cannot be read.
 */
export async function readQuantizer(config: VQConfig, weights: WeightSource): Promise<VectorQuantizer> {
  const dim = config.vqEmbedDim
  const name = 'quantize.embedding.weight'
  const entry = findWeight(weights.index, name, [config.numVQEmbeddings, dim])
  const codes = widenToFloat32(weights.copies.get(name) ?? (await readTensor(entry))).data
  requireFinite(entry, codes)
  const nearestCode = createNearestCode(codes, dim)

  return {
    quantize(latents) {
      const [n, channels, height, width] = latents.shape as [number, number, number, number]
      if (latents.shape.length !== 4 || channels !== dim) {
        const expected = `a shape [n, ${dim}, height, width]`
        throw new InvalidArgumentError({ argument: 'latents', value: latents.shape, expected })
      }
      const pixels = height * width
      const found = new Float32Array(latents.data.length)
      const indices = new BigInt64Array(n * pixels)
      const point = new Float32Array(dim)
      for (let i = 0; i < indices.length; i++) {
        const first = Math.floor(i / pixels) * dim * pixels + (i % pixels)
        for (let axis = 0; axis < dim; axis++) point[axis] = latents.data[first + axis * pixels]!
        const code = nearestCode(point)
        for (let axis = 0; axis < dim; axis++) found[first + axis * pixels] = codes[code * dim + axis]!
        indices[i] = BigInt(code)
      }
      return { latents: float32(latents.shape, found), indices: tensor('int64', [n, height, width], indices) }
    },
  }
}
