import { float32, InvalidArgumentError } from '@latentkit/core'
import { filterDenoised } from './denoised-filter.ts'
import type { NoiseLevel } from './noise-level.ts'
import type { SamplingPlan, Stage, Terms } from './plan.ts'
import type { NoiseSource } from './scheduler.ts'
import {
  checkShape,
  combine,
  type Latents,
  scaleLearnedNoise,
  splitChannels,
  type WeightedTensor,
} from './tensor-algebra.ts'

/** Runs single stages of a plan and remembers what later stages need. The only place where plans meet tensors. */
export interface PlanRunner {
  /** The model's input at a stage. */
  scale(index: number, sample: Latents): Latents
  /** Finishes a stage with the model's answer. Stages run in order; a repeated or skipped one is refused. */
  finish(index: number, sample: Latents, output: Latents, noise?: NoiseSource): StageResult
  /** What is remembered now, apart from the sample. */
  memory(): RunState['tensors']
}

/** What a stage leaves behind. */
export interface StageResult {
  /** The sample of the next stage; after the last stage, the result. */
  readonly sample: Latents
  /** The filtered estimate of the clean sample, good for a preview. */
  readonly denoised: Latents
}

/** What a run remembers between two stages: with the plan, all it takes to go on elsewhere. Plain data. */
export interface RunState {
  /** Stages done. */
  readonly stages: number
  /** The sample under `sample`, and what later stages use of earlier ones. */
  readonly tensors: Readonly<Record<string, Latents>>
}

/** A picture of which a part is known. Both tensors have the sample's shape. */
export interface Inpainting {
  readonly picture: Latents
  /** 1 where the picture is kept, 0 where it is made anew. */
  readonly mask: Latents
}

/** Starts a run of a plan, or goes on from a state. `inpainting` is needed by plans that keep a part of a picture (RePaint). */
export function createPlanRunner(plan: SamplingPlan, inpainting?: Inpainting, state?: RunState): PlanRunner {
  const recalled = (kind: string) =>
    new Map(
      Object.entries(state?.tensors ?? {})
        .filter(([key]) => key.startsWith(`${kind}.`))
        .map(([key, value]) => [Number(key.slice(kind.length + 1)), value]),
    )
  const [samples, estimates, noises] = [recalled('samples'), recalled('estimates'), recalled('noises')]
  const remembered = { samples, estimates, noises }
  const lastUse = lastUses(plan.stages)
  let expected = state?.stages ?? 0

  function finish(index: number, sample: Latents, output: Latents, noise?: NoiseSource): StageResult {
    const stage = plan.stages[index]
    if (stage === undefined || index !== expected) {
      throw new InvalidArgumentError({ argument: 'index', value: index, expected: `the next stage, ${expected}` })
    }
    const { shape } = sample
    const split = plan.splitsOutput === true
    const outputShape = split ? shape.map((size, axis) => (axis === 1 ? 2 * size : size)) : shape
    checkShape('model output', output, outputShape)
    const [prediction, variance] = split ? splitChannels(output) : [output]

    const [ofSample, ofOutput] = stage.denoised
    const denoised = filterDenoised(combine([ofSample, sample], [ofOutput, prediction]), plan.filter)
    const { keep, learnedNoise } = stage
    const kept = combine([keep.sample ?? 0, sample], [keep.denoised ?? 0, denoised], [keep.output ?? 0, prediction])
    estimates.set(index, kept)
    if (stage.next.noise !== undefined) {
      const drawn = draw(stage, shape, noise)
      noises.set(index, learnedNoise && variance ? scaleLearnedNoise(drawn, variance, learnedNoise) : drawn)
    }
    const sum = (terms: Terms): Latents =>
      combine(
        ...recall(terms.samples, samples),
        ...recall(terms.estimates, estimates),
        ...recall(terms.noises, noises),
        [terms.denoised ?? 0, denoised],
        [terms.output ?? 0, prediction],
        ...recall(terms.noise === undefined ? {} : { [index]: terms.noise }, noises),
      )
    samples.set(index, sample)
    if (stage.correct !== undefined) samples.set(index, sum(stage.correct))
    let next = sum(stage.next)
    if (stage.known !== undefined) next = keepKnown(next, stage.known, noises.get(index)!, inpainting)
    for (const [ofNext, ofNoise] of stage.renoise ?? []) {
      next = combine([ofNext, next], [ofNoise, draw(stage, shape, noise)])
    }
    for (const map of Object.values(remembered))
      for (const key of map.keys()) if (lastUse[key]! <= index) map.delete(key)
    expected += 1
    return { sample: next, denoised }
  }

  return {
    scale: (index, sample) => combine([plan.stages[index]!.inputScale, sample]),
    finish,
    memory: () =>
      Object.fromEntries(
        Object.entries(remembered).flatMap(([kind, map]) => [...map].map(([key, value]) => [`${kind}.${key}`, value])),
      ),
  }
}

function keepKnown(next: Latents, level: NoiseLevel, drawn: Latents, inpainting: Inpainting | undefined): Latents {
  if (inpainting === undefined) {
    const expected = 'a picture and its mask, a part of which this plan keeps'
    throw new InvalidArgumentError({ argument: 'inpainting', value: inpainting, expected })
  }
  const { picture, mask } = inpainting
  checkShape('inpainting.picture', picture, next.shape)
  checkShape('inpainting.mask', mask, next.shape)
  const known = combine([level.alpha, picture], [level.sigma, drawn])
  const mixed = next.data.map((value, i) => mask.data[i]! * known.data[i]! + (1 - mask.data[i]!) * value)
  return float32(next.shape, mixed)
}

function recall(weights: Readonly<Record<number, number>> = {}, from: ReadonlyMap<number, Latents>): WeightedTensor[] {
  return Object.entries(weights).map(([key, weight]) => [weight, from.get(Number(key))!])
}

function draw(stage: Stage, shape: readonly number[], noise: NoiseSource | undefined): Latents {
  if (noise === undefined) {
    const expected = 'a source of noise, which this plan draws from'
    throw new InvalidArgumentError({ argument: 'noise', value: noise, expected })
  }
  const drawn = noise(shape, stage.noiseInterval)
  checkShape('noise', drawn, shape)
  return drawn
}

/** For every stage, the last stage that reads what it left. */
function lastUses(stages: readonly Stage[]): number[] {
  const uses = stages.map((_, index) => index)
  for (const [index, { correct, next }] of stages.entries()) {
    for (const terms of [correct, next]) {
      for (const weights of [terms?.samples, terms?.estimates, terms?.noises]) {
        for (const key of Object.keys(weights ?? {})) uses[Number(key)] = index
      }
    }
  }
  return uses
}
