import { ConfigError } from '@latentkit/core'
import type { NoiseLevel } from './noise-level.ts'

/**
 * What sampling will do, as numbers: one stage per model evaluation. Made by a `Scheduler`, run by `sample`.
 * Frozen and plain, so it prints as JSON and two plans can be compared.
 */
export interface SamplingPlan {
  /** Class name of the scheduler that made the plan, such as `DDIMScheduler`. */
  readonly scheduler: string
  /** Level of the sample before the first stage: `alpha · picture + sigma · noise`. */
  readonly start: NoiseLevel
  /** Standard deviation of the pure noise that sampling without a picture starts from. */
  readonly initialNoiseScale: number
  /** What happens to every denoised estimate before it is used; nothing if absent. */
  readonly filter?: DenoisedFilter
  /** True if the model answers with twice the channels, the second half being about variance. */
  readonly splitsOutput?: boolean
  readonly stages: readonly Stage[]
  /** What the user should know about this choice of steps. */
  readonly warnings: readonly SchedulerWarning[]
}

/**
 * One model evaluation and what follows from it. In order: scale the sample, call the model, estimate the clean sample,
 * filter the estimate, remember `keep`, rewrite this stage's sample by `correct`, and set the next sample to `next`.
 */
export interface Stage {
  /** What the model is told. */
  readonly timestep: number
  /** Where this stage's sample stands. */
  readonly level: NoiseLevel
  /** Multiplies the sample to make the model's input. */
  readonly inputScale: number
  /** The clean sample estimated as `ofSample · sample + ofOutput · output`, before the filter. */
  readonly denoised: LinearEstimate
  /** The estimate remembered under this stage's number for later stages. */
  readonly keep: KeptEstimate
  /** Replaces this stage's sample before `next` reads it (UniPC, SA-Solver). */
  readonly correct?: Terms
  /** The sample of the following stage. */
  readonly next: Terms
  /** Noise whose size the model decides (DDPM); the fresh draw is scaled element by element. */
  readonly learnedNoise?: LearnedNoise
  /** Inpainting: where the picture is known, the next sample is the picture noised to this level by the stage's draw. */
  readonly known?: NoiseLevel
  /** Steps back towards noise after the stage: `ofSample · sample + ofNoise · fresh noise`, one draw each. */
  readonly renoise?: readonly (readonly [ofSample: number, ofNoise: number])[]
  /** The stretch of sigma that this stage's draw belongs to, for noise sources that follow a Brownian path. */
  readonly noiseInterval?: readonly [from: number, to: number]
}

/** An estimate that is linear in the sample and the model's output. */
export type LinearEstimate = readonly [ofSample: number, ofOutput: number]

/** Weights of what a stage has at hand: its sample, its filtered denoised estimate, the model's raw output. */
export interface KeptEstimate {
  readonly sample?: number
  readonly denoised?: number
  readonly output?: number
}

/** A weighted sum. Record keys are stage numbers; `denoised`, `output` and `noise` are those of the stage itself. */
export interface Terms {
  readonly samples?: Readonly<Record<number, number>>
  readonly estimates?: Readonly<Record<number, number>>
  /** Earlier draws of noise, by the stage that drew them. */
  readonly noises?: Readonly<Record<number, number>>
  readonly denoised?: number
  readonly output?: number
  /** Weight of fresh noise. Zero still draws, as the reference does, so that later draws stay the same. */
  readonly noise?: number
}

/**
 * Standard deviation of noise from the model's second half of channels `v`. `range`: `exp(½ · mix(low, high, (v + 1)/2))`,
 * where `low` and `high` are log variances (Nichol & Dhariwal 2021, eq. 15). `variance`: `√v`.
 */
export type LearnedNoise =
  | { readonly kind: 'range'; readonly low: number; readonly high: number }
  | { readonly kind: 'variance' }

/**
 * `clip`: to −range … range. `threshold`: dynamic thresholding, per image to its own quantile `ratio` of absolute
 * values, at least 1 and at most `max`, then divided by it (Saharia et al. 2022, "Imagen").
 */
export type DenoisedFilter =
  | { readonly kind: 'clip'; readonly range: number }
  | { readonly kind: 'threshold'; readonly ratio: number; readonly max: number }

/** A remark that stops nothing. `code` is stable. */
export interface SchedulerWarning {
  readonly code: 'unknown_config_key' | 'late_start' | 'reduced_offset' | 'extra_timestep'
  readonly message: string
}

/** Freezes a plan through and through. @throws ConfigError if a coefficient is not finite. */
export function freezePlan(plan: SamplingPlan): SamplingPlan {
  const freeze = (value: unknown, key: string): unknown => {
    if (typeof value === 'number') {
      // Adding 0 turns −0, which JSON cannot tell, into 0.
      if (Number.isFinite(value)) return value + 0
      const expected = 'options with which every step is defined'
      const hint =
        'This choice divides by a signal or a noise of zero; diffusers gives NaN, refuses it, or clips what is infinite.'
      throw new ConfigError({ source: plan.scheduler, key, value: `${value}`, expected, hint })
    }
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
    if (Array.isArray(value)) return Object.freeze(value.map((part, i) => freeze(part, `${key}[${i}]`)))
    const entries = Object.entries(value).map(([name, part]) => [name, freeze(part, key ? `${key}.${name}` : name)])
    return Object.freeze(Object.fromEntries(entries))
  }
  return freeze(plan, '') as SamplingPlan
}
