import type { PredictionType } from '../prediction.ts'

const isNumber = (value: unknown, from: number, to: number = Number.MAX_VALUE) =>
  typeof value === 'number' && value >= from && value <= to
const isWhole = (value: unknown, from: number) => Number.isInteger(value) && isNumber(value, from)

type Kind = 'flag' | 'text' | 'number' | 'bound' | 'positive' | 'share' | 'count' | 'offset' | 'betas' | 'stepNumbers'

/** What is expected of each kind, in words, and how it is recognised. */
const kinds: Readonly<Record<Kind, readonly [expected: string, accepts: (value: unknown) => boolean]>> = {
  flag: ['true or false', (value) => typeof value === 'boolean'],
  text: ['a word', (value) => typeof value === 'string'],
  number: ['a finite number', Number.isFinite],
  bound: ['a number', (value) => isNumber(value, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)],
  positive: ['a number above 0', (value) => isNumber(value, Number.MIN_VALUE)],
  share: ['a number from 0 to 1', (value) => isNumber(value, 0, 1)],
  // Schedules are tables: what no model was trained with would only take memory.
  count: ['a whole number from 1 to 1000000', (value) => isWhole(value, 1) && isNumber(value, 1, 1e6)],
  offset: ['a whole number from 0', (value) => isWhole(value, 0)],
  betas: [
    'a list of numbers between 0 and 1',
    (value) => Array.isArray(value) && value.length > 0 && value.every((beta) => beta > 0 && beta < 1),
  ],
  stepNumbers: ['a list of step numbers', (value) => Array.isArray(value) && value.every(Number.isInteger)],
}

/** What an option may be: a kind of value, a `?` behind it allowing null too, or one of a list. */
export type Allowed = Kind | `${Kind}?` | readonly (string | number | boolean | null)[]

/** What was expected, if a value is not it. */
export function mismatch(allowed: Allowed, value: unknown): string | undefined {
  if (typeof allowed !== 'string') {
    return allowed.includes(value as never) ? undefined : allowed.map((word) => JSON.stringify(word)).join(' or ')
  }
  const nullable = allowed.endsWith('?')
  const [expected, accepts] = kinds[allowed.replace('?', '') as Kind]
  if (accepts(value) || (nullable && value === null)) return undefined
  return nullable ? `${expected} or null` : expected
}

/** Every option under diffusers' name: its usual value, and what it may be; a class may differ in both. */
export const knownOptions = {
  /** Timesteps the model was trained with. */
  num_train_timesteps: [1000, 'count'],
  /** First and last noise variance of training, for `beta_schedule` kinds that need them. */
  beta_start: [0.0001, 'positive'],
  beta_end: [0.02, 'positive'],
  beta_schedule: ['linear', ['linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid', 'laplace', 'exp']],
  /** The variances themselves, instead of a named schedule. */
  trained_betas: [null, 'betas?'],
  /** Stretch the training schedule to end in pure noise (Lin et al. 2023). */
  rescale_betas_zero_snr: [false, 'flag'],
  /** Some classes accept more of this, of algorithms and of orders than is usual. */
  prediction_type: ['epsilon', ['epsilon', 'sample', 'v_prediction'] as readonly PredictionType[]],
  timestep_spacing: ['linspace', ['leading', 'trailing', 'linspace']],
  /** Added to timesteps of `leading` spacing. */
  steps_offset: [0, 'offset'],
  /** The level after the last step: the clean picture, or that of timestep 0. */
  set_alpha_to_one: [true, 'flag'],
  /** Clip the denoised estimate to ±`clip_sample_range`. */
  clip_sample: [false, 'flag'],
  clip_sample_range: [1, 'positive'],
  /** Dynamic thresholding of the denoised estimate; wins over clipping. */
  thresholding: [false, 'flag'],
  dynamic_thresholding_ratio: [0.995, 'share'],
  sample_max_value: [1, 'positive'],
  /** DDPM: how much fresh noise, null being `fixed_small`. DPM-Solver, SA-Solver: `learned` variances are left out. */
  variance_type: [null, [null, 'fixed_small', 'fixed_small_log', 'fixed_large', 'learned', 'learned_range']],
  /** PNDM: begin by repeating the first step instead of by Runge–Kutta steps. */
  skip_prk_steps: [false, 'flag'],
  /** LCM, TCD: steps of the schedule that was distilled. */
  original_inference_steps: [50, 'count'],
  /** LCM: stretches timesteps in the boundary condition. */
  timestep_scaling: [10, 'positive'],
  /** Ways to space noise levels without timesteps, `lu` being even in λ; at most one. */
  use_karras_sigmas: [false, 'flag?'],
  use_exponential_sigmas: [false, 'flag?'],
  use_beta_sigmas: [false, 'flag?'],
  use_lu_lambdas: [false, 'flag?'],
  /** Ends of that spacing or of the schedule (EDM, consistency models). */
  sigma_min: [null, 'positive?'],
  sigma_max: [null, 'positive?'],
  /** Where the last step ends: at the clean picture or at the lowest noise of training. */
  final_sigmas_type: ['zero', ['zero', 'sigma_min']],
  /** Euler: how sigma is read off between training timesteps. */
  interpolation_type: ['linear', ['linear', 'log_linear']],
  /** Euler with v-prediction: tell the model a quarter of log sigma instead of a timestep. */
  timestep_type: ['discrete', ['discrete', 'continuous']],
  /** EDM: standard deviation of the data, and the shape of the schedule. */
  sigma_data: [0.5, 'positive'],
  sigma_schedule: ['karras', ['karras', 'exponential']],
  rho: [7, 'positive'],
  /** DPM-Solver SDE: seed of a noise source the reference makes; here the caller passes the source. */
  noise_sampler_seed: [null, 'offset?'],
  /** DPM-Solver, DEIS, UniPC: order of the method. */
  solver_order: [2, [1, 2, 3] as readonly number[]],
  algorithm_type: [
    'dpmsolver++',
    ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver', 'sde-dpmsolver++', 'deis'] as readonly string[],
  ],
  /** Words of sister classes are understood as the class's own usual one, so that one file serves them all. */
  solver_type: ['midpoint', ['midpoint', 'heun', 'logrho', 'bh1', 'bh2']],
  /** Use lower orders in the last of few steps. */
  lower_order_final: [true, 'flag'],
  /** DPM-Solver multistep: first order in the last step. */
  euler_at_final: [false, 'flag'],
  /** Half the log signal-to-noise ratio below which training timesteps are not used. */
  lambda_min_clipped: [Number.NEGATIVE_INFINITY as number, 'bound'],
  /** Follow the levels of a flow, bent by a shift, which `mu` of a request gives if it is dynamic. */
  use_flow_sigmas: [false, 'flag?'],
  flow_shift: [1, 'positive?'],
  use_dynamic_shifting: [false, 'flag'],
  time_shift_type: ['exponential', ['exponential', 'linear']],
  /** Stretch a flow's sigmas to end there. */
  shift_terminal: [null, 'positive?'],
  /** UniPC: integrate the clean estimate; steps whose result is not corrected; another predictor (not supported). */
  predict_x0: [true, 'flag'],
  disable_corrector: [[], 'stepNumbers'],
  solver_p: [null, [null]],
  /** SA-Solver. `tau_func` cannot be written in JSON; see `tau` of a request. */
  predictor_order: [2, [1, 2, 3, 4]],
  corrector_order: [2, [1, 2, 3, 4]],
  tau_func: [null, [null]],
  /** Consistency models: standard deviation of fresh noise; clip the estimate to ±1. */
  s_noise: [1, 'number'],
  clip_denoised: [false, 'flag'],
  /** Flow matching: the shift of sigmas when it is not dynamic. */
  shift: [1, 'positive'],
  /** Flow matching: what pipelines compute `mu` from; not used here. */
  base_shift: [0.5, 'number?'],
  max_shift: [1.15, 'number?'],
  base_image_seq_len: [256, 'number?'],
  max_image_seq_len: [4096, 'number?'],
  /** Flow matching: run from 0 to 1. */
  invert_sigmas: [false, 'flag'],
  /** Flow matching: jump to the estimate and noise it again. */
  stochastic_sampling: [false, 'flag'],
  /** Flow matching LCM: enlarge between steps (not supported). */
  scale_factors: [null, [null]],
  upscale_mode: ['bicubic', 'text'],
  /** RePaint: share of fresh noise. */
  eta: [0, 'share'],
} as const

type ValueOf<May> = May extends readonly (infer Value)[]
  ? Value
  : May extends `${infer Of}?`
    ? ValueOf<Of> | null
    : May extends 'flag'
      ? boolean
      : May extends 'text'
        ? string
        : May extends 'betas' | 'stepNumbers'
          ? readonly number[]
          : number

/** A value for every option there is. */
export type Config = { readonly [Key in keyof typeof knownOptions]: ValueOf<(typeof knownOptions)[Key][1]> }

/** Options under diffusers' names, as read from JSON: those of some class, and whatever else the file holds. */
export type SchedulerConfig = Partial<Config> & { readonly [key: string]: unknown }

/** Options that come together: what several classes have, said once; groups may be part of others. */
export const optionGroups = {
  training: ['num_train_timesteps', 'beta_start', 'beta_end', 'beta_schedule', 'trained_betas', 'prediction_type'],
  spacing: ['timestep_spacing', 'steps_offset'],
  respacing: ['use_karras_sigmas', 'use_exponential_sigmas', 'use_beta_sigmas'],
  clipping: ['clip_sample', 'clip_sample_range'],
  thresholds: ['thresholding', 'dynamic_thresholding_ratio', 'sample_max_value'],
  distillation: ['original_inference_steps', 'timestep_scaling', 'set_alpha_to_one', 'rescale_betas_zero_snr'],
  euler: ['interpolation_type', 'timestep_type', 'sigma_min', 'sigma_max'],
  dpm: ['training', 'respacing', 'thresholds', 'use_flow_sigmas', 'flow_shift'],
  multistep: ['solver_order', 'solver_type', 'lower_order_final'],
  dpm_solver: ['multistep', 'algorithm_type', 'final_sigmas_type'],
  dpm_multistep: ['euler_at_final', 'use_lu_lambdas', 'rescale_betas_zero_snr'],
  learned: ['lambda_min_clipped', 'variance_type'],
  unipc: ['predict_x0', 'disable_corrector', 'solver_p', 'sigma_min', 'sigma_max', 'shift_terminal'],
  sa_solver: ['predictor_order', 'corrector_order', 'tau_func'],
  shifting: ['use_dynamic_shifting', 'time_shift_type'],
  flow: ['num_train_timesteps', 'shift', 'invert_sigmas', 'shift_terminal'],
  shift_limits: ['base_shift', 'max_shift', 'base_image_seq_len', 'max_image_seq_len'],
  edm: ['num_train_timesteps', 'sigma_min', 'sigma_max', 'sigma_data', 'sigma_schedule', 'rho', 'final_sigmas_type'],
} as const
