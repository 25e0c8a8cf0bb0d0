import type { Tensor } from '@latentkit/core'
import type { NoiseLevel } from './noise-level.ts'
import type { SamplingPlan, SchedulerWarning } from './plan.ts'

/** Turns a number of steps into a plan. Holds no state; make one plan per run or reuse a plan, as you like. */
export interface Scheduler {
  /** diffusers' class name. */
  readonly name: string
  /**
   * Every option of the class with its value, under diffusers' names, and what else was given: as of diffusers, another class
   * can be made from it, for which `_use_default_values` names what nobody chose.
   */
  readonly config: Readonly<Record<string, unknown>>
  /** What was odd in the configuration, such as unknown keys. */
  readonly warnings: readonly SchedulerWarning[]
  /**
   * @throws InvalidArgumentError if the request is out of range.
   * @throws ConfigError if the configuration has no defined plan, such as a division by a zero noise level.
   */
  plan(request: PlanRequest): SamplingPlan
  /** Noise level of a training timestep, where the class has a training schedule. Used to noise pictures. */
  levelAt?(timestep: number): NoiseLevel
}

/**
 * What a plan is asked for. `steps`, `timesteps` or `sigmas` say where it goes; give one of them. Timesteps or sigmas that
 * a scheduler cannot follow are refused, as are a `startAt` of RePaint and numbers out of range; what else it has no use
 * for is ignored, so that one request serves any scheduler.
 */
export interface PlanRequest {
  /** Number of steps, from 1 to the number of training timesteps. */
  readonly steps?: number | undefined
  /** Timesteps to visit, descending, within training. Flow schedulers take sigmas beside them, as many. */
  readonly timesteps?: readonly number[] | undefined
  /** Noise levels to visit, descending, those of flows from 1. For Euler the last one is the end, not a visit. */
  readonly sigmas?: readonly number[] | undefined
  /** Leave out this many steps at the beginning, to start from a noised picture. Default 0. */
  readonly startAt?: number | undefined
  /** Share of fresh noise, 0 to 1. DDIM: default 0. RePaint: default as configured. TCD: its gamma, default 0.3. */
  readonly eta?: number | undefined
  /** DDIM: derive the noise from the filtered estimate instead of keeping the model's. Default false. */
  readonly useClippedModelOutput?: boolean | undefined
  /** Euler, EDM Euler, flow matching Heun: raise the noise level before each step (Karras et al. 2022, algorithm 2). */
  readonly churn?: Churn | undefined
  /** LMS: order of the method, 1 to 4. Default 4. */
  readonly order?: number | undefined
  /** With `use_dynamic_shifting`, flow schedulers and the DPM-Solver family: the shift, usually from the picture's size. */
  readonly mu?: number | undefined
  /** LCM, TCD: steps of the schedule that was distilled. Default from the configuration. */
  readonly originalSteps?: number | undefined
  /** LCM, TCD: share of that schedule to use, for image-to-image. Default 1. */
  readonly strength?: number | undefined
  /** RePaint: steps between jumps and jumps made. Defaults 10 and 10. */
  readonly jumpLength?: number | undefined
  readonly jumpCount?: number | undefined
  /** SA-Solver: stochasticity by timestep. Default 1 from timestep 800 to 200, else 0. */
  readonly tau?: ((timestep: number) => number) | undefined
}

/** Karras et al. 2022, algorithm 2. Noise levels are raised where `min ≤ sigma ≤ max`. */
export interface Churn {
  /** Default 0. */
  readonly amount?: number | undefined
  /** Default 0. */
  readonly min?: number | undefined
  /** Default infinite. */
  readonly max?: number | undefined
  /** Standard deviation of the noise. Default 1. */
  readonly noise?: number | undefined
}

/**
 * Draws standard normal values of a shape. Every draw of a run comes from one source, in the reference's order:
 * `const generator = createTorchGenerator(seed); const noise: NoiseSource = (shape) => generator.randn(shape)`.
 */
export type NoiseSource = (
  shape: readonly number[],
  interval?: readonly [fromSigma: number, toSigma: number],
) => Tensor<'float32'>
