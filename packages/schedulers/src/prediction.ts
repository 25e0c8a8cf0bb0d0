import type { NoiseLevel } from './noise-level.ts'
import type { LinearEstimate } from './plan.ts'

/** What the model answers with: the noise, the clean sample, the velocity (Salimans & Ho 2022), or the flow's direction. */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction' | 'flow_prediction'

/** What a sample and the model's answer to it say about both parts of the sample. */
export interface Reading {
  /** The clean sample. */
  readonly denoised: LinearEstimate
  readonly noise: LinearEstimate
}

/** How a scheduler talks with its model at a level. `inputScale` multiplies the sample to make the model's input. */
export type Prediction = (level: NoiseLevel) => Reading & { readonly inputScale: number }

/** The usual prediction types; `inputScale` is 1 unless given. */
export function createPrediction(type: PredictionType, inputScale = (_: NoiseLevel) => 1): Prediction {
  return (level) => ({ inputScale: inputScale(level), ...readings[type](level) })
}

const readings: { readonly [Type in PredictionType]: (level: NoiseLevel) => Reading } = {
  epsilon: ({ alpha, sigma }) => ({ denoised: [1 / alpha, -sigma / alpha], noise: [0, 1] }),
  sample: ({ alpha, sigma }) => ({ denoised: [0, 1], noise: [1 / sigma, -alpha / sigma] }),
  v_prediction: ({ alpha, sigma }) => {
    // The velocity is defined on a circle; a level off it (variance exploding) is scaled back first.
    const square = alpha ** 2 + sigma ** 2
    const root = Math.sqrt(square)
    return { denoised: [alpha / square, -sigma / root], noise: [sigma / square, alpha / root] }
  },
  flow_prediction: ({ alpha, sigma }) => ({ denoised: [1, -sigma], noise: [1, alpha] }),
}
