import { InvalidArgumentError, type Tensor } from '@latentkit/core'
import type { NoiseSource } from './scheduler.ts'
import { combine } from './tensor-algebra.ts'

type Latents = Tensor<'float32'>

/**
 * A source whose draws are the increments of one Brownian path over sigma, for the schedulers that say which stretch a
 * draw belongs to (DPM-Solver SDE, cosine DPM-Solver). Overlapping stretches then agree with each other, so that both
 * evaluations of a step see the same noise. Draws without a stretch are taken from `source` as they are.
 *
 * The path is not that of the reference's `torchsde`, whose tree of seeds is its own.
 */
export function brownianNoise(source: NoiseSource): NoiseSource {
  /** The path where it is known, by descending sigma. */
  const path: { readonly sigma: number; readonly value: Latents }[] = []

  /** Value of the path at a sigma: drawn onward from its end, or bridged between two known places. */
  function valueAt(sigma: number, shape: readonly number[]): Latents {
    const at = path.findIndex((place) => place.sigma <= sigma)
    if (at >= 0 && path[at]!.sigma === sigma) return path[at]!.value
    const [before, after] = [path[at < 0 ? path.length - 1 : at - 1], at < 0 ? undefined : path[at]]
    let value: Latents
    if (before === undefined || after === undefined) {
      const known = before ?? after
      const length = known ? Math.abs(known.sigma - sigma) : 0
      const fresh = source(shape)
      value = known
        ? combine(
            [
              [1, known.value],
              [Math.sqrt(length), fresh],
            ],
            shape,
          )
        : combine([[0, fresh]], shape)
    } else {
      const length = before.sigma - after.sigma
      const share = (before.sigma - sigma) / length
      const spread = Math.sqrt(length * share * (1 - share))
      value = combine(
        [
          [1 - share, before.value],
          [share, after.value],
          [spread, source(shape)],
        ],
        shape,
      )
    }
    path.splice(at < 0 ? path.length : at, 0, { sigma, value })
    return value
  }

  return (shape, interval) => {
    if (interval === undefined) return source(shape)
    const [from, to] = interval
    if (!(from > to))
      throw new InvalidArgumentError({ argument: 'interval', value: interval, expected: 'sigma to fall' })
    const weight = 1 / Math.sqrt(from - to)
    const [start, end] = [valueAt(from, shape), valueAt(to, shape)]
    return combine(
      [
        [weight, end],
        [-weight, start],
      ],
      shape,
    )
  }
}
