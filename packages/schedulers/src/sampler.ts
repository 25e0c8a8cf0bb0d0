import { checkState, finishStage, lastUses, type RunState, type StageInputs, type StageResult } from './finish-stage.ts'
import type { NoiseLevel } from './noise-level.ts'
import type { SamplingPlan, Stage } from './plan.ts'
import { refuse } from './refuse.ts'
import type { NoiseSource } from './scheduler.ts'
import { checkShape, combine, type Latents } from './tensor-algebra.ts'

/**
 * A network that answers to noisy latents, which are already multiplied by `stage.inputScale`.
 * Whatever else it needs (a low-resolution picture, a prompt) it adds itself. It must not write to the latents nor give
 * their memory away: they may be the sample itself. The memory of its answer it may use again.
 */
export type DenoisingModel = (latents: Latents, timestep: number, stage: Stage) => Latents | Promise<Latents>

/** What a run needs beside its plan. */
export interface SampleOptions extends StageInputs {
  /** The sample at `plan.start`, `[batch, channels, height, width]`: see `startFromNoise` and `startFromPicture`. */
  readonly initial: Latents
  /** Goes on from what a step of an earlier run of the same plan left, instead of from `initial`. Noise must go on, too: see `repeatDraws`. */
  readonly state?: RunState | undefined
  readonly model: DenoisingModel
  /** Ends the run before the next model call, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** One finished model evaluation. */
export interface SampleStep extends StageResult {
  /** Stage done, from 0. */
  readonly index: number
  /** Stages in all: the number of model evaluations. */
  readonly count: number
  readonly stage: Stage
}

/**
 * Runs a plan, any plan: scale, ask the model, combine.
 * @throws InvalidArgumentError if a tensor has the wrong shape or noise is needed and not given.
 */
export async function* sample(plan: SamplingPlan, options: SampleOptions): AsyncGenerator<SampleStep, void, undefined> {
  const { initial, model, signal, state, ...inputs } = options
  checkShape('initial', initial, initial.shape)
  if (state) checkState(plan, state)
  let current: RunState = state ?? { stages: 0, tensors: { sample: initial } }
  checkShape('state', current.tensors.sample!, initial.shape)
  const { stages } = plan
  const uses = lastUses(plan)
  for (const [index, stage] of stages.entries()) {
    if (index < current.stages) continue
    signal?.throwIfAborted()
    const output = await model(combine([stage.inputScale, current.tensors.sample!]), stage.timestep, stage)
    const result = finishStage(plan, current, output, inputs, uses)
    current = result.state
    yield { index, count: stages.length, stage, ...result }
  }
}

/** Draws what the first `stages` stages of a plan drew, so that a source made anew stands where it stood after them. */
export function repeatDraws(plan: SamplingPlan, stages: number, shape: readonly number[], noise: NoiseSource): void {
  for (const { next, renoise, noiseInterval } of plan.stages.slice(0, stages)) {
    if (next.noise !== undefined) noise(shape, noiseInterval)
    for (const _ of renoise ?? []) noise(shape, noiseInterval)
  }
}

/** The sample to begin with when there is no picture: pure noise at the plan's scale. */
export function startFromNoise(plan: SamplingPlan, unitNoise: Latents): Latents {
  return combine([plan.initialNoiseScale, unitNoise])
}

/** The sample to begin with for image-to-image: a picture (or its latents) noised to the plan's start. */
export function startFromPicture(plan: SamplingPlan, picture: Latents, unitNoise: Latents): Latents {
  return addNoise(plan.start, picture, unitNoise)
}

/** `alpha · picture + sigma · noise`. @throws InvalidArgumentError for what is no level, or noise of another shape. */
export function addNoise(level: NoiseLevel, picture: Latents, unitNoise: Latents): Latents {
  checkShape('noise', unitNoise, picture.shape)
  if (!Number.isFinite(level?.alpha) || !Number.isFinite(level.sigma))
    refuse('level', level, 'a noise level { alpha, sigma }, such as levelAt(timestep) of a scheduler')
  return combine([level.alpha, picture], [level.sigma, unitNoise])
}
