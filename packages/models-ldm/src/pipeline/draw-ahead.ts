import type { Tensor } from '@latentkit/core'
import type { NoiseSource, SamplingPlan } from '@latentkit/schedulers'

/** A source of noise that can draw the next value before it is asked for, while the network is busy elsewhere. */
export interface DrawAhead {
  readonly noise: NoiseSource
  /** Draws the value that comes next, if the plan will ask for one. */
  prepare(): void
}

/** Every draw of a plan has the shape of its latents, so the order of draws stays as it is. */
export function createDrawAhead(
  plan: SamplingPlan,
  shape: readonly number[],
  source: NoiseSource,
  firstStage = 0,
): DrawAhead {
  let stage = firstStage
  let prepared: Tensor<'float32'> | undefined
  return {
    prepare() {
      const next = plan.stages[stage++]
      if (next?.next.noise !== undefined) prepared = source(shape, next.noiseInterval)
    },
    noise(wanted, interval) {
      const drawn = prepared ?? source(wanted, interval)
      prepared = undefined
      return drawn
    },
  }
}
