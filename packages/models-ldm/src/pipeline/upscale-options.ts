import {
  InvalidArgumentError,
  type OnProgress,
  type PictureMetadata,
  type RasterImage,
  type Tensor,
} from '@latentkit/core'
import type { NoiseSource, RunState, SamplingPlan, Scheduler } from '@latentkit/schedulers'
import { type ComputeSettings, convolutionMethods, precisions } from '../input-shape.ts'
import { checkTraining, type OddScheduler } from './check-training.ts'
import { type ColourMode, colourModes } from './colour-mode.ts'
import type { ModelComponents, ModelDefaults } from './model-components.ts'
import type { PlanUpscaleOptions } from './plan-upscale.ts'
import { schedulerForModel } from './scheduler-for-model.ts'

/** How a picture is upscaled. Every option has a default. */
export interface UpscaleOptions extends PlanUpscaleOptions {
  /** Denoising steps, 1 to the number of training timesteps. Default: the model's own, else 100. */
  readonly steps?: number | undefined
  /** Share of fresh noise at each step, 0 to 1, for schedulers that know it. Default: the model's own, else 0. */
  readonly eta?: number | undefined
  /** Decides every random number: the same seed gives the same picture. Default 0. */
  readonly seed?: number | bigint | undefined
  /**
   * A scheduler, or the name of one to be made for the model's training schedule, such as `ddim`. Default: the model's own. With
   * options of your own: `namedScheduler('euler', pipeline.scheduler.config, { use_karras_sigmas: true })`.
   */
  readonly scheduler?: Scheduler | string | undefined
  /** How colours are kept. Default: the model's own, else `wavelet`. */
  readonly colour?: ColourMode | undefined
  /**
   * Iterations that pull the result towards agreement with the small picture, 0 to 100. Default: the model's own, which may be
   * another for a picture whose metadata say that it comes from a JPEG file; else 0.
   */
  readonly backProjection?: number | undefined
  /** Unit noise to begin with, `[n, latentChannels, paddedHeight, paddedWidth]` of pipeline and plan; drawn from the seed otherwise. */
  readonly latents?: Tensor<'float32'> | undefined
  /** Where noise after the first comes from; the seed's generator otherwise. `seededNoise(7)` is all of seed 7 if it draws `latents`, too. */
  readonly noise?: NoiseSource | undefined
  /**
   * `diffusers` scales the small picture together with the latents, as the reference does by mistake: with schedulers
   * that scale the model's input (Euler, LMS, …) it reproduces the reference's numbers. What comes of a grey picture keeps the
   * colours that the networks give it, too. Default: only latents are scaled, and grey stays grey.
   */
  readonly compat?: 'diffusers' | undefined
  /** Goes on from a state that `onState` was given in an earlier run of the same picture and options. */
  readonly state?: RunState | undefined
  /**
   * Gets, after each step, what it takes to go on later; the next step waits for it, an abort does not. Its tensors are those that the run goes on
   * with: not to be written to, nor given away (transferred) but as copies.
   */
  readonly onState?: ((state: RunState) => void | Promise<void>) | undefined
  /** Gets a reduced picture of how the result looks so far; the next step waits for it, an abort does not. */
  readonly onPreview?: ((preview: RasterImage, step: number) => void | Promise<void>) | undefined
  /** Steps from one preview to the next. Default: so that there are about ten. */
  readonly previewEvery?: number | undefined
  /** Ends the work between two steps, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: OnProgress | undefined
  /** Sees the latents after each step, `[n, channels, h, w]`: those that the run goes on with, not to be written to. */
  readonly onLatents?: ((step: number, latents: Tensor<'float32'>) => void) | undefined
}

/** What options come to for a model. */
export interface ResolvedOptions extends Omit<ModelDefaults, 'backProjectionOfJpeg'>, ComputeSettings {
  readonly seed: bigint
  readonly scheduler: Scheduler
  readonly compat?: 'diffusers' | undefined
  readonly sampling: SamplingPlan
  /** What the user should know of scheduler and plan. */
  readonly warnings: readonly OddScheduler[]
}

/**
 * @param compression How the picture's file was compressed, where that matters.
 * @throws InvalidArgumentError or ConfigError for what is out of range.
 */
export function resolveOptions(
  components: ModelComponents,
  options: UpscaleOptions,
  compression?: PictureMetadata['compression'],
): ResolvedOptions {
  const { defaults } = components
  const usual = compression === 'jpeg' ? defaults.backProjectionOfJpeg : defaults.backProjection
  const { steps = defaults.steps, eta = defaults.eta, backProjection = usual } = options
  const {
    colour = defaults.colour,
    seed = 0,
    previewEvery = 1,
    convolutions = 'direct',
    precision = 'float32',
    compat,
  } = options
  const refuse = (argument: string, value: unknown, expected: string): never => {
    throw new InvalidArgumentError({ argument, value, expected })
  }
  if (!Number.isInteger(backProjection) || backProjection < 0 || backProjection > 100)
    refuse('backProjection', backProjection, 'a whole number from 0 to 100')
  if (!colourModes.includes(colour)) refuse('colour', colour, `one of ${colourModes.join(', ')}`)
  if (!convolutionMethods.includes(convolutions))
    refuse('convolutions', convolutions, `one of ${convolutionMethods.join(', ')}`)
  if (!precisions.includes(precision)) refuse('precision', precision, `one of ${precisions.join(', ')}`)
  if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed)) refuse('seed', seed, 'a whole number')
  if (!Number.isInteger(previewEvery) || previewEvery < 1) refuse('previewEvery', previewEvery, 'a whole number from 1')
  if (compat !== undefined && compat !== 'diffusers') refuse('compat', compat, '"diffusers"')
  const wanted = options.scheduler ?? components.scheduler
  const scheduler = schedulerForModel(wanted, components.schedulerConfig)
  const sampling = scheduler.plan({ steps, eta })
  if (!Array.isArray(sampling?.stages))
    refuse('scheduler', scheduler, 'one whose plan, a promise not being one, has stages')
  if (sampling.stages.some((stage) => stage.known))
    refuse('scheduler', scheduler.name, 'one that needs no mask, since none can be given here')
  const odd = typeof options.scheduler === 'object' ? checkTraining(scheduler, components.scheduler) : []
  const decided = { steps, eta, backProjection, colour, convolutions, precision, seed: BigInt(seed), compat }
  return { ...decided, scheduler, sampling, warnings: [...odd, ...(sampling.warnings ?? [])] }
}
