import type { SamplingPlan, Terms } from './plan.ts'

/**
 * Runs a plan on a single number in double precision with a model that knows the picture, `target`; returns where it
 * lands. Written apart from the sampler, so that each checks the other.
 */
export function runOnScalar(plan: SamplingPlan, target: number, start: number, draw: () => number): number {
  const samples: number[] = []
  const estimates: number[] = []
  const noises: number[] = []
  let x = start
  for (const [k, stage] of plan.stages.entries()) {
    const [ofSample, ofOutput] = stage.denoised
    const output = (target - ofSample * x) / ofOutput
    const { sample = 0, denoised = 0, output: ofKept = 0 } = stage.keep
    estimates[k] = sample * x + denoised * target + ofKept * output
    if (stage.next.noise !== undefined) noises[k] = draw()
    const sum = (terms: Terms): number => {
      let total = (terms.denoised ?? 0) * target + (terms.output ?? 0) * output + (terms.noise ?? 0) * (noises[k] ?? 0)
      for (const [from, weights] of [
        [samples, terms.samples],
        [estimates, terms.estimates],
        [noises, terms.noises],
      ] as const) {
        for (const [stageNumber, weight] of Object.entries(weights ?? {})) total += weight * from[Number(stageNumber)]!
      }
      return total
    }
    samples[k] = x
    if (stage.correct) samples[k] = sum(stage.correct)
    x = sum(stage.next)
  }
  return x
}

/** A stream of numbers in [0, 1) that is the same in every run (mulberry32). */
export function createDice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
}
