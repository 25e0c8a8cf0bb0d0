import { lambda, type NoiseLevel } from './noise-level.ts'

/** Which integral a DPM-Solver approximates. */
export interface ExponentialForm {
  /** Integrate the clean estimate (DPM-Solver++) instead of the noise estimate (DPM-Solver). */
  readonly data: boolean
  /** Solve the stochastic equation, which adds fresh noise in each step. */
  readonly stochastic: boolean
  /** How the first derivative enters at second order. */
  readonly kind: 'midpoint' | 'heun'
}

/** Weights of one step: `next = sample · x + d0 · D₀ + d1 · D₁ + d2 · D₂ + noise · ε`. */
export interface ExponentialStep {
  readonly sample: number
  /** Of the estimate and its first and second derivative in λ, in units of the step. */
  readonly d0: number
  readonly d1: number
  readonly d2: number
  readonly noise: number
  /** Length of the step in λ. */
  readonly h: number
}

/**
 * Exact integration of the linear part in λ, Taylor expansion of the rest (Lu et al. 2022, "DPM-Solver", eq. 3.7, and
 * "DPM-Solver++", eq. 8 and appendix A for the stochastic forms).
 */
export function exponentialStep(from: NoiseLevel, to: NoiseLevel, form: ExponentialForm): ExponentialStep {
  const h = lambda(to) - lambda(from)
  const { data, stochastic, kind } = form
  if (data) {
    const kh = stochastic ? 2 * h : h
    const phi = -Math.expm1(-kh)
    const d0 = to.alpha * phi
    return {
      sample: (to.sigma / from.sigma) * (stochastic ? Math.exp(-h) : 1),
      d0,
      d1: kind === 'midpoint' ? d0 / 2 : to.alpha * (1 - phi / kh),
      // Parity: the two forms differ in the sign of the half.
      d2: to.alpha * ((phi - kh) / kh ** 2 + (stochastic ? -0.5 : 0.5)),
      noise: stochastic ? to.sigma * Math.sqrt(-Math.expm1(-2 * h)) : 0,
      h,
    }
  }
  const growth = Math.expm1(h)
  const scale = -to.sigma * (stochastic ? 2 : 1)
  const d0 = scale * growth
  return {
    sample: to.alpha / from.alpha,
    d0,
    d1: kind === 'midpoint' ? d0 / 2 : scale * (growth / h - 1),
    d2: scale * ((growth - h) / h ** 2 - 0.5),
    noise: stochastic ? to.sigma * Math.sqrt(Math.expm1(2 * h)) : 0,
    h,
  }
}
