import type { Config } from './diffusers/options.ts'

const { fround } = Math

/** How the model was trained. */
export type NoiseScheduleOptions = Pick<Config, 'num_train_timesteps' | 'beta_start' | 'beta_end' | 'beta_schedule'> &
  Partial<Pick<Config, 'trained_betas' | 'rescale_betas_zero_snr'>>

/** Training noise, one value per timestep, in float32 as the reference holds them. */
export interface NoiseSchedule {
  readonly betas: Float32Array
  /** ᾱ, the cumulative product of 1 − β. */
  readonly alphaBar: Float32Array
  /** Ratio of noise to signal, √((1 − ᾱ)/ᾱ). */
  readonly sigmas: Float32Array
}

/**
 * Computes the training schedule with torch's float32 arithmetic, so that ᾱ is the reference's to the last bit or two.
 * @param floorTerminal raise ᾱ of a zero-SNR schedule's last timestep to 2⁻²⁴, so that its sigma is finite.
 */
export function createNoiseSchedule(options: NoiseScheduleOptions, floorTerminal = false): NoiseSchedule {
  let betas = options.trained_betas ? Float32Array.from(options.trained_betas) : namedBetas(options)
  if (options.rescale_betas_zero_snr) betas = rescaleToZeroSnr(betas)
  const alphaBar = cumulativeAlpha(betas)
  if (options.rescale_betas_zero_snr && floorTerminal) alphaBar[alphaBar.length - 1] = 2 ** -24
  return { betas, alphaBar, sigmas: alphaBar.map((value) => Math.sqrt(fround(fround(1 - value) / value))) }
}

function namedBetas(options: NoiseScheduleOptions): Float32Array {
  const { num_train_timesteps: count, beta_start: start, beta_end: end } = options
  switch (options.beta_schedule) {
    case 'linear':
      return float32Linspace(start, end, count)
    case 'scaled_linear':
      return float32Linspace(start ** 0.5, end ** 0.5, count).map((root) => root * root)
    case 'sigmoid': {
      const sigmoid = (x: number) => fround(1 / (1 + Math.exp(-x)))
      return float32Linspace(-6, 6, count).map((x) => fround(sigmoid(x) * fround(end - start)) + fround(start))
    }
    case 'squaredcos_cap_v2':
      return betasOf((t) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2, count)
    case 'exp':
      return betasOf((t) => Math.exp(-12 * t), count)
    case 'laplace':
      return betasOf(laplaceAlphaBar, count)
  }
}

/** Cosine-like schedules are given as ᾱ over t from 0 to 1; β is capped at 0.999 (Nichol & Dhariwal 2021). */
function betasOf(alphaBar: (t: number) => number, count: number): Float32Array {
  const betaAt = (i: number) => 1 - alphaBar((i + 1) / count) / alphaBar(i / count)
  return Float32Array.from({ length: count }, (_, i) => Math.min(betaAt(i), 0.999))
}

/** Hang et al. 2024, "Improved noise schedule". */
function laplaceAlphaBar(t: number): number {
  const logSnr = (t > 0.5 ? 0.5 : -0.5) * Math.log(1 - 2 * Math.abs(0.5 - t) + 1e-6)
  const snr = Math.exp(logSnr)
  return Math.sqrt(snr / (1 + snr))
}

/**
 * torch.linspace in float32 on a CPU with eight lanes: filled from both ends, two blocks of eight at a time from the first
 * value of each, what is left value by value. The order of rounding matters: betas enter a product of a thousand terms.
 */
function float32Linspace(start: number, end: number, count: number): Float32Array {
  const [first, last] = [fround(start), fround(end)]
  const step = count === 1 ? 0 : fround(fround(last - first) / (count - 1))
  const half = count === 1 ? 1 : Math.floor(count / 2)
  const inBlocks = count - (count % 16)
  const at = (i: number) => fround(i < half ? first + step * i : last - step * (count - 1 - i))
  return Float32Array.from({ length: count }, (_, i) => {
    const block = i - (i % 8)
    return i < inBlocks ? at(block) + fround(step * (i - block)) : at(i)
  })
}

/** torch.cumprod: accumulated in double, each result rounded. */
function cumulativeAlpha(betas: Float32Array): Float32Array {
  let product = 1
  return betas.map((beta) => {
    product *= fround(1 - beta)
    return product
  })
}

function rescaleToZeroSnr(betas: Float32Array): Float32Array {
  const roots = cumulativeAlpha(betas).map(Math.sqrt)
  const first = roots[0]!
  const last = roots[roots.length - 1]!
  const scale = fround(first / fround(first - last))
  const alphaBar = roots.map((root) => fround(fround(root - last) * scale) ** 2)
  return alphaBar.map((value, i) => 1 - (i === 0 ? value : fround(value / alphaBar[i - 1]!)))
}
