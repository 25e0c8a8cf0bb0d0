import { float32, sameShape } from '@latentkit/core'
import { filterDenoised } from './denoised-filter.ts'
import type { NoiseLevel } from './noise-level.ts'
import type { SamplingPlan, Stage, Terms } from './plan.ts'
import { refuse } from './refuse.ts'
import type { NoiseSource } from './scheduler.ts'
import { checkShape, combine, type Latents, scaleLearnedNoise, splitChannels } from './tensor-algebra.ts'

/** Runs single stages of a plan and remembers what later stages need. The only place where plans meet tensors. */
export interface PlanRunner {
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

/** What a stage leaves for later ones, remembered by kind and stage: `estimates.3`. */
const kinds = ['samples', 'estimates', 'noises'] as const

/**
 * Starts a run of a plan, or goes on from a state. `inpainting` is needed by plans that keep a part of a picture (RePaint).
 * @throws InvalidArgumentError if the state is not one of this plan.
 */
export function createPlanRunner(plan: SamplingPlan, inpainting?: Inpainting, state?: RunState): PlanRunner {
  const { sample: _, ...recalled } = state?.tensors ?? {}
  const memory = new Map(Object.entries(recalled))
  const lastUse = lastUses(plan.stages)
  if (state) checkState(state, plan.stages.length, lastUse)
  let expected = state?.stages ?? 0

  function finish(index: number, sample: Latents, output: Latents, noise?: NoiseSource): StageResult {
    const stage = plan.stages[index]
    if (stage === undefined || index !== expected) return refuse('index', index, `the next stage, ${expected}`)
    const split = plan.splitsOutput === true
    checkShape('model output', output, split ? sample.shape.map((n, i) => (i === 1 ? 2 * n : n)) : sample.shape)
    const [prediction, variance] = split ? splitChannels(output) : [output]
    const { correct, keep, known, learnedNoise, next, renoise = [] } = stage

    // What is remembered must stay as it is when the model uses the memory of its answer again.
    const own = (tensor: Latents) => (tensor === prediction ? float32(tensor.shape, tensor.data.slice()) : tensor)
    const [ofSample, ofOutput] = stage.denoised
    const denoised = own(filterDenoised(combine([ofSample, sample], [ofOutput, prediction]), plan.filter))
    const kept = combine([keep.sample ?? 0, sample], [keep.denoised ?? 0, denoised], [keep.output ?? 0, prediction])
    const unit = next.noise === undefined ? undefined : draw(stage, sample.shape, noise)
    const drawn = unit && variance && learnedNoise ? scaleLearnedNoise(unit, variance, learnedNoise) : unit
    memory.set(`samples.${index}`, sample).set(`estimates.${index}`, own(kept))
    if (drawn) memory.set(`noises.${index}`, drawn)

    const sum = (terms: Terms): Latents => {
      const earlier = kinds.flatMap((kind) =>
        Object.entries(terms[kind] ?? {}).map(([stage, weight]) => [weight, memory.get(`${kind}.${stage}`)!] as const),
      )
      const own = [
        [terms.denoised ?? 0, denoised],
        [terms.output ?? 0, prediction],
        [terms.noise ?? 0, drawn ?? sample],
      ] as const
      return combine(...earlier, ...own)
    }
    if (correct) memory.set(`samples.${index}`, sum(correct))
    let result = sum(next)
    if (known) result = keepKnown(result, known, drawn, inpainting)
    for (const [ofNext, ofNoise] of renoise) {
      result = combine([ofNext, result], [ofNoise, draw(stage, sample.shape, noise)])
    }
    for (const key of memory.keys()) if ((lastUse.get(key) ?? index) <= index) memory.delete(key)
    expected += 1
    return { sample: result, denoised }
  }

  return { finish, memory: () => Object.fromEntries(memory) }
}

/** For everything that stages remember, the last stage that reads it. */
function lastUses(stages: readonly Stage[]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>()
  for (const [index, { correct, next }] of stages.entries()) {
    for (const terms of [correct, next]) {
      for (const kind of kinds) for (const stage in terms?.[kind]) uses.set(`${kind}.${stage}`, index)
    }
  }
  return uses
}

/** What is left of a plan must find what it reads of the stages done. */
function checkState({ stages, tensors }: RunState, count: number, lastUse: ReadonlyMap<string, number>): void {
  const read = [...lastUse].filter(([key, last]) => last >= stages && Number(key.split('.')[1]) < stages)
  const needed = ['sample', ...read.map(([key]) => key)]
  const { sample } = tensors
  const isWhole = sample && needed.every((key) => tensors[key] && sameShape(tensors[key].shape, sample.shape))
  if (isWhole && Number.isInteger(stages) && stages >= 0 && stages <= count) return
  const expected = `the state of a run of this plan: 0 to ${count} stages, and tensors of one shape as ${needed}`
  refuse('state', `${stages} stages, ${Object.keys(tensors)}`, expected)
}

function keepKnown(next: Latents, level: NoiseLevel, drawn = next, inpainting?: Inpainting): Latents {
  const { picture, mask } =
    inpainting ?? refuse('inpainting', inpainting, 'a picture and its mask, a part of which this plan keeps')
  checkShape('inpainting.picture', picture, next.shape)
  checkShape('inpainting.mask', mask, next.shape)
  const known = combine([level.alpha, picture], [level.sigma, drawn])
  const mixed = next.data.map((value, i) => mask.data[i]! * known.data[i]! + (1 - mask.data[i]!) * value)
  return float32(next.shape, mixed)
}

function draw(stage: Stage, shape: readonly number[], noise: NoiseSource | undefined): Latents {
  const source = noise ?? refuse('noise', noise, 'a source of noise, which this plan draws from')
  const drawn = source(shape, stage.noiseInterval)
  checkShape('noise', drawn, shape)
  return drawn
}
