import type { SchedulerOptions } from './options.ts'

/** How a value of an option is recognised. */
export interface OptionRule {
  /** In words, for the error message. */
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
}

const number: OptionRule = { expected: 'a finite number', accepts: Number.isFinite }
const flag: OptionRule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' }
/** A number above 0. */
export const positive: OptionRule = { expected: 'a number above 0', accepts: (value) => isNumber(value) && value > 0 }

/** One of these words. */
export function oneOf(...words: readonly unknown[]): OptionRule {
  return { expected: words.map((word) => JSON.stringify(word)).join(' or '), accepts: (value) => words.includes(value) }
}

function wholeNumber(minimum: number): OptionRule {
  return {
    expected: `a whole number from ${minimum}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= minimum,
  }
}

function orNull(rule: OptionRule): OptionRule {
  return { expected: `${rule.expected} or null`, accepts: (value) => value === null || rule.accepts(value) }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

const share: OptionRule = { expected: 'a number from 0 to 1', accepts: (v) => isNumber(v) && v >= 0 && v <= 1 }

const betas: OptionRule = {
  expected: 'a list of numbers between 0 and 1',
  accepts: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((beta) => isNumber(beta) && beta > 0 && beta < 1),
}

/** What every option accepts in general; a class may accept less. */
export const optionRules: { readonly [Key in keyof SchedulerOptions]: OptionRule } = {
  num_train_timesteps: wholeNumber(1),
  beta_start: positive,
  beta_end: positive,
  beta_schedule: oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid', 'laplace', 'exp'),
  trained_betas: orNull(betas),
  rescale_betas_zero_snr: flag,
  prediction_type: oneOf('epsilon', 'sample', 'v_prediction'),
  timestep_spacing: oneOf('leading', 'trailing', 'linspace'),
  steps_offset: wholeNumber(0),
  set_alpha_to_one: flag,
  clip_sample: flag,
  clip_sample_range: positive,
  thresholding: flag,
  dynamic_thresholding_ratio: share,
  sample_max_value: number,
  variance_type: oneOf('fixed_small', 'fixed_small_log', 'fixed_large', 'learned', 'learned_range'),
  skip_prk_steps: flag,
  original_inference_steps: wholeNumber(1),
  timestep_scaling: positive,
  use_karras_sigmas: orNull(flag),
  use_exponential_sigmas: orNull(flag),
  use_beta_sigmas: orNull(flag),
  use_lu_lambdas: orNull(flag),
  sigma_min: orNull(positive),
  sigma_max: orNull(positive),
  final_sigmas_type: oneOf('zero', 'sigma_min'),
  interpolation_type: oneOf('linear', 'log_linear'),
  timestep_type: oneOf('discrete', 'continuous'),
  sigma_data: positive,
  sigma_schedule: oneOf('karras', 'exponential'),
  rho: positive,
  noise_sampler_seed: orNull(wholeNumber(0)),
  solver_order: oneOf(1, 2, 3),
  algorithm_type: oneOf('dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++', 'deis'),
  // Words of sister classes are understood as this class's default, so that one file serves them all.
  solver_type: oneOf('midpoint', 'heun', 'logrho', 'bh1', 'bh2'),
  lower_order_final: flag,
  euler_at_final: flag,
  lambda_min_clipped: { expected: 'a number', accepts: (value) => typeof value === 'number' && !Number.isNaN(value) },
  use_flow_sigmas: orNull(flag),
  flow_shift: orNull(positive),
  use_dynamic_shifting: flag,
  time_shift_type: oneOf('exponential', 'linear'),
  shift_terminal: orNull(positive),
  predict_x0: flag,
  disable_corrector: {
    expected: 'a list of step numbers',
    accepts: (v) => Array.isArray(v) && v.every(Number.isInteger),
  },
  solver_p: oneOf(null),
  predictor_order: oneOf(1, 2, 3, 4),
  corrector_order: oneOf(1, 2, 3, 4),
  tau_func: oneOf(null),
  s_noise: number,
  clip_denoised: flag,
  shift: positive,
  base_shift: orNull(number),
  max_shift: orNull(number),
  base_image_seq_len: orNull(number),
  max_image_seq_len: orNull(number),
  invert_sigmas: flag,
  stochastic_sampling: flag,
  scale_factors: oneOf(null),
  eta: share,
  upscale_mode: { expected: 'a word', accepts: (value) => typeof value === 'string' },
}
