import type { Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'
import { splitNoise, transfer } from '../transfer.ts'

/** Options of `ddim`. */
export interface DdimOptions {
  /** Share of fresh noise, 0 to 1. */
  readonly eta: number
  /** Use the noise that the filtered estimate implies, not the one the model gave. */
  readonly recomputeNoise: boolean
}

/** Denoising diffusion implicit models (Song et al. 2020, eq. 12). One evaluation per interval. */
export function ddim(intervals: readonly Interval[], prediction: Prediction, options: DdimOptions): Stage[] {
  return intervals.map((interval, k) => {
    const { from, to } = interval
    const { down, up } = splitNoise(from, to, options.eta)
    const noise = options.eta > 0 ? { noise: up } : {}
    const stage = evaluate(prediction, interval)
    if (options.recomputeNoise) {
      const step = transfer(from, down)
      return { ...stage, next: { samples: { [k]: step.sample }, denoised: step.denoised, ...noise } }
    }
    // Parity: a filter changes the denoised estimate only; the noise stays what the model said.
    const [ofSample, ofOutput] = prediction.noise(from)
    const next = { samples: { [k]: down.sigma * ofSample }, denoised: to.alpha, output: down.sigma * ofOutput }
    return { ...stage, next: { ...next, ...noise } }
  })
}
