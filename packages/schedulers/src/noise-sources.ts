import { createTorchGenerator, float32 } from '@latentkit/core'
import { refuse } from './refuse.ts'
import type { NoiseSource } from './scheduler.ts'

/** A source of noise whose draws are those of `torch.Generator().manual_seed(seed)` on the CPU. */
export function seededNoise(seed: number | bigint): NoiseSource {
  const generator = createTorchGenerator(seed)
  return (shape) => generator.randn(shape)
}

/**
 * A source that draws each image of a batch from a seed of its own, so that an image is the same in any batch.
 * The n-th image of a `[batch, channels, height, width]` shape draws from the n-th seed.
 */
export function seededNoisePerImage(seeds: readonly (number | bigint)[]): NoiseSource {
  const sources = seeds.map(seededNoise)
  return (shape) => {
    const [batch = 0, ...rest] = shape
    if (batch !== sources.length) refuse('seeds', seeds.map(String), `${batch} seeds, one for each image of the batch`)
    const images = sources.map((source) => source([1, ...rest]).data)
    const data = new Float32Array(shape.reduce((product, size) => product * size))
    for (const [index, image] of images.entries()) data.set(image, index * image.length)
    return float32(shape, data)
  }
}
