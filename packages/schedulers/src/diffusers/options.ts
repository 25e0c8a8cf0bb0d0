import type { BetaSchedule } from '../noise-schedule.ts'
import type { PredictionType } from '../prediction.ts'
import type { VarianceType } from '../solvers/ddpm.ts'
import type { TimestepSpacing } from '../timestep-spacing.ts'

/** Every option of every scheduler, under the names of diffusers' `scheduler_config.json`. A class has some of them. */
export interface SchedulerOptions {
  /** Timesteps the model was trained with. */
  num_train_timesteps: number
  /** First and last noise variance of training, for `beta_schedule` kinds that need them. */
  beta_start: number
  beta_end: number
  beta_schedule: BetaSchedule
  /** The variances themselves, instead of a named schedule. */
  trained_betas: readonly number[] | null
  /** Stretch the training schedule to end in pure noise (Lin et al. 2023). */
  rescale_betas_zero_snr: boolean
  prediction_type: PredictionType
  timestep_spacing: TimestepSpacing
  /** Added to timesteps of `leading` spacing. */
  steps_offset: number
  /** The level after the last step: the clean picture, or that of timestep 0. */
  set_alpha_to_one: boolean
  /** Clip the denoised estimate to ±`clip_sample_range`. */
  clip_sample: boolean
  clip_sample_range: number
  /** Dynamic thresholding of the denoised estimate; wins over clipping. */
  thresholding: boolean
  dynamic_thresholding_ratio: number
  sample_max_value: number
  /** DDPM: how much fresh noise. DPM-Solver: set if the model also answers with variances, which are left out. */
  variance_type: VarianceType | null
  /** PNDM: begin by repeating the first step instead of by Runge–Kutta steps. */
  skip_prk_steps: boolean
  /** LCM, TCD: steps of the schedule that was distilled. */
  original_inference_steps: number
  /** LCM: stretches timesteps in the boundary condition. */
  timestep_scaling: number
  /** Ways to space noise levels without timesteps; at most one. */
  use_karras_sigmas: boolean | null
  use_exponential_sigmas: boolean | null
  use_beta_sigmas: boolean | null
  /** Even spacing in half the log signal-to-noise ratio. */
  use_lu_lambdas: boolean | null
  /** Ends of that spacing (Euler) or of the schedule (EDM, consistency models). */
  sigma_min: number | null
  sigma_max: number | null
  /** Where the last step ends: at the clean picture or at the lowest noise of training. */
  final_sigmas_type: 'zero' | 'sigma_min'
  /** Euler: how sigma is read off between training timesteps. */
  interpolation_type: 'linear' | 'log_linear'
  /** Euler with v-prediction: tell the model a quarter of log sigma instead of a timestep. */
  timestep_type: 'discrete' | 'continuous'
  /** EDM: standard deviation of the data, and the shape of the schedule. */
  sigma_data: number
  sigma_schedule: 'karras' | 'exponential'
  rho: number
  /** DPM-Solver SDE: seed of a noise source the reference makes; here the caller passes the source. */
  noise_sampler_seed: number | null
  /** DPM-Solver, DEIS, UniPC: order of the method. */
  solver_order: number
  algorithm_type: string
  solver_type: string
  /** Use lower orders in the last of few steps. */
  lower_order_final: boolean
  /** DPM-Solver multistep: first order in the last step. */
  euler_at_final: boolean
  /** Half the log signal-to-noise ratio below which training timesteps are not used. */
  lambda_min_clipped: number
  /** Follow the levels of a flow, bent by a shift, which `mu` of a request gives if it is dynamic. */
  use_flow_sigmas: boolean | null
  flow_shift: number | null
  use_dynamic_shifting: boolean
  time_shift_type: 'exponential' | 'linear'
  /** Stretch a flow's sigmas to end there. */
  shift_terminal: number | null
  /** UniPC: integrate the clean estimate; steps whose result is not corrected; another predictor (not supported). */
  predict_x0: boolean
  disable_corrector: readonly number[]
  solver_p: null
  /** SA-Solver. `tau_func` cannot be written in JSON; see `tau` of a request. */
  predictor_order: number
  corrector_order: number
  tau_func: null
  /** Consistency models: standard deviation of fresh noise; clip the estimate to ±1. */
  s_noise: number
  clip_denoised: boolean
  /** Flow matching: the shift of sigmas when it is not dynamic. */
  shift: number
  /** Flow matching: what pipelines compute `mu` from; not used here. */
  base_shift: number | null
  max_shift: number | null
  base_image_seq_len: number | null
  max_image_seq_len: number | null
  /** Flow matching: run from 0 to 1. */
  invert_sigmas: boolean
  /** Flow matching: jump to the estimate and noise it again. */
  stochastic_sampling: boolean
  /** Flow matching LCM: enlarge between steps (not supported). */
  scale_factors: null
  upscale_mode: string
  /** RePaint: share of fresh noise. */
  eta: number
}

/** A value for every option. */
export type Config = Readonly<SchedulerOptions>

/** A configuration as read from JSON: known options, and whatever else the file holds. */
export type SchedulerConfig = Partial<SchedulerOptions> & { readonly [key: string]: unknown }
