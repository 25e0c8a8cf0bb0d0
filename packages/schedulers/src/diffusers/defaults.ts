import type { SchedulerOptions } from './options.ts'

type TrainingKey = 'num_train_timesteps' | 'beta_start' | 'beta_end' | 'beta_schedule' | 'trained_betas'
type ThresholdKey = 'thresholding' | 'dynamic_thresholding_ratio' | 'sample_max_value'
type DistilledKey = 'original_inference_steps' | 'timestep_scaling' | 'clip_sample' | 'clip_sample_range'
type RespacingKey = 'use_karras_sigmas' | 'use_exponential_sigmas' | 'use_beta_sigmas'
type SpacingKey = 'prediction_type' | 'timestep_spacing' | 'steps_offset'
type FlowKey = 'use_flow_sigmas' | 'flow_shift'
type SharedKey = 'set_alpha_to_one' | 'steps_offset' | 'prediction_type' | 'timestep_spacing' | 'rescale_betas_zero_snr'

/** How most classes assume the model was trained. */
export function trainingDefaults(beta_start = 0.0001, beta_end = 0.02): Pick<SchedulerOptions, TrainingKey> {
  return { num_train_timesteps: 1000, beta_start, beta_end, beta_schedule: 'linear', trained_betas: null }
}

/** Dynamic thresholding, off. */
export function thresholdDefaults(): Pick<SchedulerOptions, ThresholdKey> {
  return { thresholding: false, dynamic_thresholding_ratio: 0.995, sample_max_value: 1 }
}

/** The respacings that nearly every sigma schedule has, off. */
export function respacingDefaults(): Pick<SchedulerOptions, RespacingKey> {
  return { use_karras_sigmas: false, use_exponential_sigmas: false, use_beta_sigmas: false }
}

/** What is common to the schedulers over sigmas: noise prediction, timesteps evenly from first to last. */
export function sigmaDefaults(): Pick<SchedulerOptions, SpacingKey> {
  return { prediction_type: 'epsilon', timestep_spacing: 'linspace', steps_offset: 0 }
}

/** Levels of a flow, off. */
export function flowDefaults(): Pick<SchedulerOptions, FlowKey> {
  return { use_flow_sigmas: false, flow_shift: 1 }
}

/** Options of the distilled schedulers, LCM and TCD. */
export function distilledDefaults(): Pick<SchedulerOptions, TrainingKey | ThresholdKey | DistilledKey | SharedKey> {
  return {
    ...trainingDefaults(0.00085, 0.012),
    ...thresholdDefaults(),
    beta_schedule: 'scaled_linear',
    original_inference_steps: 50,
    clip_sample: false,
    clip_sample_range: 1,
    set_alpha_to_one: true,
    steps_offset: 0,
    prediction_type: 'epsilon',
    timestep_spacing: 'leading',
    timestep_scaling: 10,
    rescale_betas_zero_snr: false,
  }
}
