import { assertOptions, LatentkitError } from '@latentkit/core'
import { finishStage, type RunState, type StageInputs } from './finish-stage.ts'
import { type NoiseLevel, noiseToSignal } from './noise-level.ts'
import type { SamplingPlan, Stage } from './plan.ts'
import { defined, refuse } from './refuse.ts'
import type { PlanRequest, Scheduler } from './scheduler.ts'
import { addByImage, combine, type Latents } from './tensor-algebra.ts'

/** What a step may need beside its tensors. */
export interface StepOptions
  extends Pick<PlanRequest, 'eta' | 'useClippedModelOutput' | 'churn' | 'order' | 'tau'>,
    StageInputs {}

const stepOptions: Readonly<Record<keyof StepOptions, true>> = {
  eta: true,
  useClippedModelOutput: true,
  churn: true,
  order: true,
  tau: true,
  noise: true,
  inpainting: true,
}

/** What a step gives: diffusers' `prev_sample` and `pred_original_sample`. */
export interface StepOutput {
  readonly prevSample: Latents
  readonly predOriginalSample: Latents
}

/** A scheduler in diffusers' own words, for loops written after its pipelines. `setTimesteps` begins another run. */
export interface StepwiseScheduler {
  /** Begins a run. A number is a number of steps. */
  setTimesteps(request: number | PlanRequest): void
  /** What to tell the model, one for each step of the whole loop, wherever it begins. */
  readonly timesteps: readonly number[]
  /** Multiply unit noise by this to begin. */
  readonly initNoiseSigma: number
  /** The model's input. */
  scaleModelInput(sample: Latents, timestep: number): Latents
  /**
   * Goes one step. A loop may begin in the middle; from then on timesteps follow one another. Options of
   * the run, such as `eta`, are those of its first step; `noise` and `inpainting` stay until a later step gives others.
   */
  step(modelOutput: Latents, timestep: number, sample: Latents, options?: StepOptions): StepOutput
  /** Noises pictures `[batch, …]`, each to its timestep, or all to one. */
  addNoise(original: Latents, noise: Latents, timesteps: number | readonly number[]): Latents
  /** What a v-prediction model should answer for pictures noised to the timesteps (Salimans & Ho 2022). */
  getVelocity(sample: Latents, noise: Latents, timesteps: number | readonly number[]): Latents
}

/** The stage that a timestep means: the first of a run, or of several later ones the second, as in diffusers. */
function stageAt(stages: readonly Stage[], timestep: number): Stage | undefined {
  const [first, second] = stages.filter((stage) => stage.timestep === timestep)
  return first === stages[0] ? first : (second ?? first)
}

/** Where the sample stands when the model is told a timestep: at one level, unless timesteps were rounded. */
function levelsOf(stages: readonly Stage[], timestep: number): ReadonlySet<number> {
  return new Set(stages.flatMap((stage) => (stage.timestep === timestep ? noiseToSignal(stage.level) : [])))
}

/** Makes the step-wise face of a scheduler. */
export function createStepwiseScheduler(scheduler: Scheduler): StepwiseScheduler {
  let request: PlanRequest = {}
  /** The run as it was set. */
  let whole: SamplingPlan | undefined
  /** The run as its first step began it, what its steps were given, and where it stands. */
  let run: { readonly plan: SamplingPlan; readonly given: StepOptions; readonly state: RunState } | undefined

  const prepared = (): SamplingPlan => whole ?? refuse('timesteps', undefined, 'setTimesteps to be called first')

  /** A run whose first stage has this timestep: the whole, or one that begins later. */
  function begin(timestep: number, { noise, inpainting, ...options }: StepOptions): SamplingPlan {
    const given = { ...request, ...defined(options) }
    const plan = prepared() && scheduler.plan(given)
    if (plan.stages[0]!.timestep === timestep) return plan
    const at = plan.stages.indexOf(stageAt(plan.stages, timestep)!)
    // Most schedulers ask once a step, or once more, or twice; where nothing of that is so, the step is looked for.
    const likely = at < 0 ? [] : [at, at - 1, at >> 1, (at + 1) >> 1, ...plan.stages.keys()]
    for (const step of new Set(likely)) {
      try {
        const later = scheduler.plan({ ...given, startAt: (request.startAt ?? 0) + step })
        if (later.stages[0]!.timestep === timestep) return later
      } catch (error) {
        // Not every scheduler can begin anywhere.
        if (!LatentkitError.isInstance(error)) throw error
      }
    }
    return refuse('timestep', timestep, 'one of the timesteps set that a run can begin at')
  }

  /** The run, begun if need be, and its next stage, which must have this timestep. */
  function find(timestep: number, first: StepOptions = {}) {
    const found = run ?? { plan: begin(timestep, first), given: first, state: { stages: 0, tensors: {} } }
    const stage = found.plan.stages[found.state.stages]
    if (stage?.timestep === timestep) return { ...found, stage }
    if (!stage) return refuse('timestep', timestep, 'none, since every step is done')
    const isRepeated = [timestep, stage.timestep].some((told) => levelsOf(prepared().stages, told).size > 1)
    const hint = ', and some come several times: to begin at the k-th step, say setTimesteps({ steps, startAt: k })'
    return refuse('timestep', timestep, `${stage.timestep}, the next one${isRepeated ? hint : ''}`)
  }

  /** Adds two tensors by weights that depend on the level of each image. */
  function mix(
    a: Latents,
    b: Latents,
    given: number | readonly number[],
    weigh: (level: NoiseLevel) => [number, number],
  ) {
    const timesteps = typeof given === 'number' ? [given] : given
    if (!Array.isArray(timesteps)) refuse('timesteps', given, 'a timestep, or a list of one for each image')
    const weights = timesteps.map((timestep) => {
      const level = stageAt(whole?.stages ?? [], timestep)?.level ?? scheduler.levelAt?.(timestep)
      return weigh(level ?? refuse('timesteps', timestep, 'one of the timesteps set'))
    })
    return addByImage(a, b, weights.length === 1 ? Array(a.shape[0] ?? 1).fill(weights[0]) : weights)
  }

  return {
    setTimesteps(wanted) {
      request = typeof wanted === 'object' ? wanted : { steps: wanted }
      whole = scheduler.plan(request)
      run = undefined
    },
    get timesteps() {
      return prepared().stages.map((stage) => stage.timestep)
    },
    get initNoiseSigma() {
      return prepared().initialNoiseScale
    },
    scaleModelInput: (sample, timestep) => combine([find(timestep).stage.inputScale, sample]),
    step(modelOutput, timestep, sample, options = {}) {
      assertOptions(options, stepOptions)
      const { plan, given: before, state } = find(timestep, options)
      const given = { ...before, ...defined(options) }
      const result = finishStage(plan, { ...state, tensors: { ...state.tensors, sample } }, modelOutput, given)
      run = { plan, given, state: result.state }
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
