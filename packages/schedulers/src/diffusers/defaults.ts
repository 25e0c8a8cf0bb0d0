import type { SchedulerOptions } from './options.ts'

type Options<Key extends keyof SchedulerOptions> = Pick<SchedulerOptions, Key>

/** How most classes assume the model was trained, and what it answers with. */
export function trainingDefaults(
  beta_start = 0.0001,
  beta_end = 0.02,
): Options<'num_train_timesteps' | 'beta_start' | 'beta_end' | 'beta_schedule' | 'trained_betas' | 'prediction_type'> {
  return {
    num_train_timesteps: 1000,
    beta_start,
    beta_end,
    beta_schedule: 'linear',
    trained_betas: null,
    prediction_type: 'epsilon',
  }
}

/** Where steps fall on training timesteps. */
export function spacingDefaults(
  timestep_spacing: SchedulerOptions['timestep_spacing'],
): Options<'timestep_spacing' | 'steps_offset'> {
  return { timestep_spacing, steps_offset: 0 }
}

/** Clipping of the denoised estimate. */
export function clipDefaults(clip_sample: boolean): Options<'clip_sample' | 'clip_sample_range'> {
  return { clip_sample, clip_sample_range: 1 }
}

/** Dynamic thresholding of the denoised estimate, off. */
export function thresholdDefaults(): Options<'thresholding' | 'dynamic_thresholding_ratio' | 'sample_max_value'> {
  return { thresholding: false, dynamic_thresholding_ratio: 0.995, sample_max_value: 1 }
}

/** The respacings that nearly every sigma schedule has, off. */
export function respacingDefaults(): Options<'use_karras_sigmas' | 'use_exponential_sigmas' | 'use_beta_sigmas'> {
  return { use_karras_sigmas: false, use_exponential_sigmas: false, use_beta_sigmas: false }
}

/** Options of a multistep method. */
export function multistepDefaults(
  solver_type = 'midpoint',
): Options<'solver_order' | 'solver_type' | 'lower_order_final'> {
  return { solver_order: 2, solver_type, lower_order_final: true }
}
