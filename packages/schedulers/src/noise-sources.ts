import { createTorchGenerator, float32 } from '@latentkit/core'
import { refuse } from './refuse.ts'
import type { NoiseSource } from './scheduler.ts'
import { combine, type Latents } from './tensor-algebra.ts'

/** A source of noise whose draws are those of `torch.Generator().manual_seed(seed)` on the CPU. */
export function seededNoise(seed: number | bigint): NoiseSource {
  const generator = createTorchGenerator(seed)
  return (shape) => generator.randn(shape)
}

/** A source from which the n-th image of `[batch, …]` draws by the n-th seed, so that it is the same in any batch. */
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

/**
 * A source whose draws are the increments of one Brownian path over sigma, for the schedulers that say which stretch a
 * draw belongs to (DPM-Solver SDE, cosine DPM-Solver). Overlapping stretches then agree with each other, so that both
 * evaluations of a step see the same noise. Draws without a stretch are taken from `source` as they are.
 * The path is not that of the reference's `torchsde`, whose tree of seeds is its own.
 */
export function brownianNoise(source: NoiseSource): NoiseSource {
  /** The path where it is known, by descending sigma. */
  const path: { readonly sigma: number; readonly value: Latents }[] = []

  /** Value of the path: 0 where it is first asked for, drawn onward from its ends, bridged between known places. */
  function valueAt(sigma: number, shape: readonly number[]): Latents {
    const known = path.find((place) => place.sigma === sigma)
    if (known) return known.value
    const at = path.filter((place) => place.sigma > sigma).length
    const [before, after] = [path[at - 1], path[at]]
    const fresh = source(shape)
    let value = combine([0, fresh])
    if (before && after) {
      const length = before.sigma - after.sigma
      const share = (before.sigma - sigma) / length
      const spread = Math.sqrt(length * share * (1 - share))
      value = combine([1 - share, before.value], [share, after.value], [spread, fresh])
    } else if (before ?? after) {
      const end = (before ?? after)!
      value = combine([1, end.value], [Math.sqrt(Math.abs(end.sigma - sigma)), fresh])
    }
    path.splice(at, 0, { sigma, value })
    return value
  }

  return (shape, interval) => {
    if (interval === undefined) return source(shape)
    const [from, to] = interval
    // The path does not move, and neither does the sample: the draw has no weight.
    if (from === to) return source(shape)
    if (!(from > to)) refuse('interval', interval, 'sigma to fall')
    const weight = 1 / Math.sqrt(from - to)
    const start = valueAt(from, shape)
    return combine([weight, valueAt(to, shape)], [-weight, start])
  }
}
