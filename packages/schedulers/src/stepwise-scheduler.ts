import { InvalidArgumentError } from '@latentkit/core'
import type { NoiseLevel } from './noise-level.ts'
import type { SamplingPlan, Stage } from './plan.ts'
import { createPlanRunner, type Inpainting, type PlanRunner } from './plan-runner.ts'
import type { NoiseSource, PlanRequest, Scheduler } from './scheduler.ts'
import { addByImage, combine, type Latents } from './tensor-algebra.ts'

/** What a step may need beside its tensors. */
export interface StepOptions extends Pick<PlanRequest, 'eta' | 'useClippedModelOutput' | 'churn' | 'order' | 'tau'> {
  /** Needed by schedulers that draw noise. */
  readonly noise?: NoiseSource
  /** Needed by RePaint. */
  readonly inpainting?: Inpainting
}

/** What a step gives: diffusers' `prev_sample` and `pred_original_sample`. */
export interface StepOutput {
  readonly prevSample: Latents
  readonly predOriginalSample: Latents
}

/**
 * A scheduler in diffusers' own words, for model loops written after a diffusers pipeline. It holds the state of one
 * run; `setTimesteps` begins another.
 */
export interface StepwiseScheduler {
  /** Begins a run. A number is a number of steps. */
  setTimesteps(request: number | PlanRequest): void
  /** What to tell the model, one for each step of the loop. */
  readonly timesteps: readonly number[]
  /** Multiply unit noise by this to begin. */
  readonly initNoiseSigma: number
  /** The model's input. */
  scaleModelInput(sample: Latents, timestep: number): Latents
  /**
   * Goes one step. A loop may begin in the middle; from then on timesteps follow one another. Options besides `noise`
   * belong to the run and are those of its first step.
   */
  step(modelOutput: Latents, timestep: number, sample: Latents, options?: StepOptions): StepOutput
  /** Noises pictures `[batch, …]`, each to its timestep, or all to one. */
  addNoise(original: Latents, noise: Latents, timesteps: readonly number[]): Latents
  /** What a v-prediction model should answer for pictures noised to the timesteps (Salimans & Ho 2022). */
  getVelocity(sample: Latents, noise: Latents, timesteps: readonly number[]): Latents
}

/** Makes the step-wise face of a scheduler. */
export function createStepwiseScheduler(scheduler: Scheduler): StepwiseScheduler {
  let request: PlanRequest = {}
  let plan: SamplingPlan | undefined
  let runner: PlanRunner | undefined
  let index = 0

  const prepared = (): SamplingPlan => plan ?? refuse('timesteps', undefined, 'setTimesteps to be called first')

  /** The stage of a timestep: the next one or, where a loop begins, the first of the plan that starts there. */
  function enter(timestep: number): Stage {
    const { stages } = prepared()
    const stage = stages[index]
    if (stage?.timestep === timestep) return stage
    if (runner) return refuse('timestep', timestep, `${stage?.timestep}, the next one`)
    const { startAt: first = 0 } = request
    for (let startAt = first + 1; startAt < first + stages.length; startAt++) {
      const later = scheduler.plan({ ...request, startAt })
      const [begin] = later.stages
      if (begin?.timestep !== timestep) continue
      request = { ...request, startAt }
      plan = later
      return begin
    }
    return refuse('timestep', timestep, 'one of the timesteps set')
  }

  /** Adds two tensors by weights that depend on the level of each image. */
  function mix(a: Latents, b: Latents, timesteps: readonly number[], weigh: (level: NoiseLevel) => [number, number]) {
    const weights = timesteps.map((timestep) => {
      const stage = plan?.stages.findLast((stage) => stage.timestep === timestep)
      const level = stage?.level ?? scheduler.levelAt?.(timestep)
      return weigh(level ?? refuse('timesteps', timestep, 'one of the timesteps set'))
    })
    return addByImage(a, b, weights.length === 1 ? Array(a.shape[0] ?? 1).fill(weights[0]) : weights)
  }

  return {
    setTimesteps(wanted) {
      request = typeof wanted === 'number' ? { steps: wanted } : wanted
      plan = scheduler.plan(request)
      runner = undefined
      index = 0
    },
    get timesteps() {
      return prepared().stages.map((stage) => stage.timestep)
    },
    get initNoiseSigma() {
      return prepared().initialNoiseScale
    },
    scaleModelInput: (sample, timestep) => combine([enter(timestep).inputScale, sample]),
    step(modelOutput, timestep, sample, { noise, inpainting, ...choices } = {}) {
      enter(timestep)
      if (!runner) {
        plan = scheduler.plan({ ...request, ...choices })
        runner = createPlanRunner(plan, inpainting)
      }
      const result = runner.finish(index, sample, modelOutput, noise)
      index += 1
      return { prevSample: result.sample, predOriginalSample: result.denoised }
    },
    addNoise: (original, noise, timesteps) => mix(original, noise, timesteps, ({ alpha, sigma }) => [alpha, sigma]),
    getVelocity: (sample, noise, timesteps) =>
      mix(sample, noise, timesteps, ({ alpha, sigma }) => {
        const size = Math.hypot(alpha, sigma)
        return [-sigma / size, alpha / size]
      }),
  }
}

function refuse(argument: string, value: unknown, expected: string): never {
  throw new InvalidArgumentError({ argument, value, expected })
}
