import { InvalidArgumentError } from '@latentkit/core'
import type { NoiseSource } from './scheduler.ts'
import { combine, type Latents } from './tensor-algebra.ts'

/**
 * A source whose draws are the increments of one Brownian path over sigma, for the schedulers that say which stretch a
 * draw belongs to (DPM-Solver SDE, cosine DPM-Solver). Overlapping stretches then agree with each other, so that both
 * evaluations of a step see the same noise. Draws without a stretch are taken from `source` as they are.
 *
 * The path is not that of the reference's `torchsde`, whose tree of seeds is its own.
 */
export function brownianNoise(source: NoiseSource): NoiseSource {
  /** The path where it is known, by descending sigma. */
  const path: Place[] = []

  /** Value of the path at a sigma: drawn onward from its end, or bridged between two known places. */
  function valueAt(sigma: number, shape: readonly number[]): Latents {
    const found = path.findIndex((place) => place.sigma <= sigma)
    const at = found < 0 ? path.length : found
    const [before, after] = [path[at - 1], path[at]]
    if (after?.sigma === sigma) return after.value
    const value = drawBetween(before, after, sigma, source(shape))
    path.splice(at, 0, { sigma, value })
    return value
  }

  return (shape, interval) => {
    if (interval === undefined) return source(shape)
    const [from, to] = interval
    if (!(from > to))
      throw new InvalidArgumentError({ argument: 'interval', value: interval, expected: 'sigma to fall' })
    const weight = 1 / Math.sqrt(from - to)
    const start = valueAt(from, shape)
    return combine([weight, valueAt(to, shape)], [-weight, start])
  }
}

interface Place {
  readonly sigma: number
  readonly value: Latents
}

/** The path between its neighbours, or beyond the only one; it begins at 0. */
function drawBetween(before: Place | undefined, after: Place | undefined, sigma: number, fresh: Latents): Latents {
  const known = before ?? after
  if (!known) return combine([0, fresh])
  if (!before || !after) return combine([1, known.value], [Math.sqrt(Math.abs(known.sigma - sigma)), fresh])
  const length = before.sigma - after.sigma
  const share = (before.sigma - sigma) / length
  const spread = Math.sqrt(length * share * (1 - share))
  return combine([1 - share, before.value], [share, after.value], [spread, fresh])
}
