import { float32, sameShape } from '@latentkit/core'
import { filterDenoised } from './denoised-filter.ts'
import type { NoiseLevel } from './noise-level.ts'
import type { SamplingPlan, Stage, Terms } from './plan.ts'
import { refuse } from './refuse.ts'
import type { NoiseSource } from './scheduler.ts'
import { checkShape, combine, type Latents, scaleLearnedNoise, splitChannels } from './tensor-algebra.ts'

/** What a run remembers between two stages: with the plan, all it takes to go on elsewhere. Plain data. */
export interface RunState {
  /** Stages done. */
  readonly stages: number
  /** The sample under `sample`, and what later stages use of earlier ones, by kind and stage: `estimates.3`. */
  readonly tensors: Readonly<Record<string, Latents>>
}

/** What a stage leaves behind. */
export interface StageResult {
  /** The sample of the next stage; after the last stage, the result. */
  readonly sample: Latents
  /** The filtered estimate of the clean sample, good for a preview. */
  readonly denoised: Latents
  /** What it takes to go on after this stage, in another run too. */
  readonly state: RunState
}

/** What some stages need beside the model's answer. */
export interface StageInputs {
  /** Needed by plans that draw noise, refused by none. */
  readonly noise?: NoiseSource | undefined
  /** Needed by plans that keep a part of a picture (RePaint). */
  readonly inpainting?: Inpainting | undefined
}

/** A picture of which a part is known. Both tensors have the sample's shape. */
export interface Inpainting {
  readonly picture: Latents
  /** 1 where the picture is kept, 0 where it is made anew. */
  readonly mask: Latents
}

const kinds = ['samples', 'estimates', 'noises'] as const

/**
 * Finishes the next stage of a run with the model's answer. The only place where plans meet tensors.
 * @param uses of a plan, which loops find out once.
 * @throws InvalidArgumentError if a tensor has the wrong shape or something is needed and not given.
 */
export function finishStage(
  plan: SamplingPlan,
  state: RunState,
  output: Latents,
  inputs: StageInputs,
  uses: ReadonlyMap<string, number> = lastUses(plan),
): StageResult {
  const { sample, ...recalled } = state.tensors as RunState['tensors'] & { readonly sample: Latents }
  const { shape } = sample
  const index = state.stages
  const stage = plan.stages[index]!
  const { correct, keep, known, learnedNoise, next, renoise = [] } = stage
  checkShape('model output', output, plan.splitsOutput ? shape.map((n, i) => (i === 1 ? 2 * n : n)) : shape)
  const [prediction, variance] = plan.splitsOutput ? splitChannels(output) : [output]

  // What is remembered must stay as it is when the model uses the memory of its answer again.
  const own = (tensor: Latents) => (tensor === prediction ? float32(shape, tensor.data.slice()) : tensor)
  const [ofSample, ofOutput] = stage.denoised
  const denoised = own(filterDenoised(combine([ofSample, sample], [ofOutput, prediction]), plan.filter))
  const kept = combine([keep.sample ?? 0, sample], [keep.denoised ?? 0, denoised], [keep.output ?? 0, prediction])
  const unit = next.noise === undefined ? sample : draw(stage, shape, inputs.noise)
  const drawn = variance && learnedNoise ? scaleLearnedNoise(unit, variance, learnedNoise) : unit

  const memory: Record<string, Latents> = { ...recalled, [`estimates.${index}`]: own(kept), [`noises.${index}`]: drawn }
  memory[`samples.${index}`] = sample
  const sum = ({ denoised: ofDenoised = 0, output = 0, noise = 0, ...earlier }: Terms) =>
    combine(
      ...kinds.flatMap((kind) =>
        Object.entries(earlier[kind] ?? {}).map(([stage, weight]) => [weight, memory[`${kind}.${stage}`]!] as const),
      ),
      [ofDenoised, denoised],
      [output, prediction],
      [noise, drawn],
    )
  if (correct) memory[`samples.${index}`] = sum(correct)
  let result = sum(next)
  if (known) result = keepKnown(result, known, drawn, inputs.inpainting)
  for (const [ofNext, ofNoise] of renoise) {
    result = combine([ofNext, result], [ofNoise, draw(stage, shape, inputs.noise)])
  }
  const used = Object.entries(memory).filter(([key]) => (uses.get(key) ?? 0) > index)
  const after = { stages: index + 1, tensors: { sample: result, ...Object.fromEntries(used) } }
  return { sample: result, denoised, state: after }
}

/** For everything that a plan's stages remember, the last stage that reads it. */
export function lastUses({ stages }: SamplingPlan): ReadonlyMap<string, number> {
  const uses = new Map<string, number>()
  for (const [index, { correct, next }] of stages.entries()) {
    for (const terms of [correct, next]) {
      for (const kind of kinds) for (const stage in terms?.[kind]) uses.set(`${kind}.${stage}`, index)
    }
  }
  return uses
}

/** @throws InvalidArgumentError unless a state has what is left of a plan reads of the stages done. */
export function checkState(plan: SamplingPlan, { stages, tensors = {} }: RunState): void {
  const uses = [...lastUses(plan)].filter(([key, last]) => last >= stages && Number(key.split('.')[1]) < stages)
  const needed = ['sample', ...uses.map(([key]) => key)]
  const { sample } = tensors
  const fits = (tensor: Latents | undefined) =>
    tensor?.data instanceof Float32Array && sameShape(tensor.shape, sample!.shape)
  const isWhole = needed.every((key) => fits(tensors[key]))
  if (isWhole && Number.isInteger(stages) && stages >= 0 && stages <= plan.stages.length) return
  const counts = `0 to ${plan.stages.length} stages`
  const expected = `the state of a run of this plan: ${counts}, and float32 tensors of one shape as ${needed}`
  refuse('state', `${stages} stages, ${Object.keys(tensors)}`, expected)
}

function keepKnown(next: Latents, level: NoiseLevel, drawn: Latents, inpainting?: Inpainting): Latents {
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
