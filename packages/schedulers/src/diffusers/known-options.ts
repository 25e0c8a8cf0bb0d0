import type { SchedulerOptions } from './options.ts'

/** How a value of an option is recognised. */
export interface OptionRule {
  /** In words, for the error message. */
  readonly expected: string
  accepts(value: unknown): boolean
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isBeta = (value: unknown) => isNumber(value) && value > 0 && value < 1

const flag: OptionRule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' }
const text: OptionRule = { expected: 'a word', accepts: (value) => typeof value === 'string' }
const number: OptionRule = { expected: 'a finite number', accepts: isNumber }
const bound: OptionRule = { expected: 'a number', accepts: (v) => typeof v === 'number' && !Number.isNaN(v) }
const share: OptionRule = { expected: 'a number from 0 to 1', accepts: (v) => isNumber(v) && v >= 0 && v <= 1 }
const count: OptionRule = {
  expected: 'a whole number from 1',
  accepts: (v) => Number.isInteger(v) && (v as number) > 0,
}
const offset: OptionRule = { ...count, expected: 'a whole number from 0', accepts: (v) => v === 0 || count.accepts(v) }
const betas: OptionRule = {
  expected: 'a list of numbers between 0 and 1',
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isBeta),
}
const stepNumbers: OptionRule = {
  expected: 'a list of step numbers',
  accepts: (value) => Array.isArray(value) && value.every(Number.isInteger),
}

/** A number above 0. */
export const positive: OptionRule = { expected: 'a number above 0', accepts: (v) => isNumber(v) && v > 0 }

/** One of these words. */
export function oneOf(...words: readonly unknown[]): OptionRule {
  return { expected: words.map((word) => JSON.stringify(word)).join(' or '), accepts: (value) => words.includes(value) }
}

function orNull(rule: OptionRule): OptionRule {
  return { expected: `${rule.expected} or null`, accepts: (value) => value === null || rule.accepts(value) }
}

type KnownOptions = {
  readonly [Key in keyof SchedulerOptions]: readonly [usual: SchedulerOptions[Key], rule: OptionRule]
}

/** What every option is unless a class or a configuration says otherwise, and what it may be unless a class accepts less. */
export const knownOptions: KnownOptions = {
  num_train_timesteps: [1000, count],
  beta_start: [0.0001, positive],
  beta_end: [0.02, positive],
  beta_schedule: ['linear', oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid', 'laplace', 'exp')],
  trained_betas: [null, orNull(betas)],
  rescale_betas_zero_snr: [false, flag],
  prediction_type: ['epsilon', oneOf('epsilon', 'sample', 'v_prediction')],
  timestep_spacing: ['linspace', oneOf('leading', 'trailing', 'linspace')],
  steps_offset: [0, offset],
  set_alpha_to_one: [true, flag],
  clip_sample: [false, flag],
  clip_sample_range: [1, positive],
  thresholding: [false, flag],
  dynamic_thresholding_ratio: [0.995, share],
  sample_max_value: [1, number],
  variance_type: [null, oneOf('fixed_small', 'fixed_small_log', 'fixed_large', 'learned', 'learned_range')],
  skip_prk_steps: [false, flag],
  original_inference_steps: [50, count],
  timestep_scaling: [10, positive],
  use_karras_sigmas: [false, orNull(flag)],
  use_exponential_sigmas: [false, orNull(flag)],
  use_beta_sigmas: [false, orNull(flag)],
  use_lu_lambdas: [false, orNull(flag)],
  sigma_min: [null, orNull(positive)],
  sigma_max: [null, orNull(positive)],
  final_sigmas_type: ['zero', oneOf('zero', 'sigma_min')],
  interpolation_type: ['linear', oneOf('linear', 'log_linear')],
  timestep_type: ['discrete', oneOf('discrete', 'continuous')],
  sigma_data: [0.5, positive],
  sigma_schedule: ['karras', oneOf('karras', 'exponential')],
  rho: [7, positive],
  noise_sampler_seed: [null, orNull(offset)],
  solver_order: [2, oneOf(1, 2, 3)],
  algorithm_type: ['dpmsolver++', oneOf('dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++', 'deis')],
  // Words of sister classes are understood as the class's own usual one, so that one file serves them all.
  solver_type: ['midpoint', oneOf('midpoint', 'heun', 'logrho', 'bh1', 'bh2')],
  lower_order_final: [true, flag],
  euler_at_final: [false, flag],
  lambda_min_clipped: [Number.NEGATIVE_INFINITY, bound],
  use_flow_sigmas: [false, orNull(flag)],
  flow_shift: [1, orNull(positive)],
  use_dynamic_shifting: [false, flag],
  time_shift_type: ['exponential', oneOf('exponential', 'linear')],
  shift_terminal: [null, orNull(positive)],
  predict_x0: [true, flag],
  disable_corrector: [[], stepNumbers],
  solver_p: [null, oneOf(null)],
  predictor_order: [2, oneOf(1, 2, 3, 4)],
  corrector_order: [2, oneOf(1, 2, 3, 4)],
  tau_func: [null, oneOf(null)],
  s_noise: [1, number],
  clip_denoised: [true, flag],
  shift: [1, positive],
  base_shift: [0.5, orNull(number)],
  max_shift: [1.15, orNull(number)],
  base_image_seq_len: [256, orNull(number)],
  max_image_seq_len: [4096, orNull(number)],
  invert_sigmas: [false, flag],
  stochastic_sampling: [false, flag],
  scale_factors: [null, oneOf(null)],
  upscale_mode: ['bicubic', text],
  eta: [0, share],
}

/** Names for options that come together. */
export type OptionGroup =
  | ('training' | 'spacing' | 'respacing' | 'clipping' | 'thresholds' | 'multistep')
  | ('learned' | 'flow' | 'shifting' | 'shift_limits' | 'edm' | 'distillation')

/** Options that come together: what many classes have, said once. */
export const optionGroups: Readonly<Record<OptionGroup, readonly (keyof SchedulerOptions)[]>> = {
  training: ['num_train_timesteps', 'beta_start', 'beta_end', 'beta_schedule', 'trained_betas', 'prediction_type'],
  spacing: ['timestep_spacing', 'steps_offset'],
  respacing: ['use_karras_sigmas', 'use_exponential_sigmas', 'use_beta_sigmas'],
  clipping: ['clip_sample', 'clip_sample_range'],
  thresholds: ['thresholding', 'dynamic_thresholding_ratio', 'sample_max_value'],
  multistep: ['solver_order', 'solver_type', 'lower_order_final'],
  learned: ['lambda_min_clipped', 'variance_type'],
  distillation: ['original_inference_steps', 'timestep_scaling'],
  flow: ['use_flow_sigmas', 'flow_shift'],
  shifting: ['use_dynamic_shifting', 'time_shift_type'],
  shift_limits: ['base_shift', 'max_shift', 'base_image_seq_len', 'max_image_seq_len'],
  edm: ['num_train_timesteps', 'sigma_min', 'sigma_max', 'sigma_data', 'sigma_schedule', 'rho', 'final_sigmas_type'],
}
