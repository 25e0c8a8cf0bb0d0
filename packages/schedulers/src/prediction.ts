import type { NoiseLevel } from './noise-level.ts'
import type { LinearEstimate } from './plan.ts'

/** What the model answers with: the noise, the clean sample, the velocity (Salimans & Ho 2022), or the flow's direction. */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction' | 'flow_prediction'

/** How a scheduler talks with its model: what it passes in and how it reads the answer, by noise level. */
export interface Prediction {
  /** Multiplies the sample to make the model's input. */
  inputScale(level: NoiseLevel): number
  /** The clean sample from sample and output. */
  denoised(level: NoiseLevel): LinearEstimate
  /** The noise from sample and output. */
  noise(level: NoiseLevel): LinearEstimate
}

/** The usual prediction types; `inputScale` is 1 unless given. */
export function createPrediction(type: PredictionType, inputScale: Prediction['inputScale'] = () => 1): Prediction {
  return { inputScale, denoised: (level) => readings[type](level)[0], noise: (level) => readings[type](level)[1] }
}

/** Input scale of models trained on unit variance but sampled on an exploding path (k-diffusion's convention). */
export function unitVarianceScale({ sigma }: NoiseLevel): number {
  return 1 / Math.sqrt(sigma * sigma + 1)
}

type Reading = (level: NoiseLevel) => readonly [denoised: LinearEstimate, noise: LinearEstimate]

const readings: { readonly [Type in PredictionType]: Reading } = {
  epsilon: ({ alpha, sigma }) => [
    [1 / alpha, -sigma / alpha],
    [0, 1],
  ],
  sample: ({ alpha, sigma }) => [
    [0, 1],
    [1 / sigma, -alpha / sigma],
  ],
  v_prediction: ({ alpha, sigma }) => {
    // The velocity is defined on a circle; a level off it (variance exploding) is scaled back first.
    const square = alpha ** 2 + sigma ** 2
    const root = Math.sqrt(square)
    return [
      [alpha / square, -sigma / root],
      [sigma / square, alpha / root],
    ]
  },
  flow_prediction: ({ alpha, sigma }) => [
    [1, -sigma],
    [1, alpha],
  ],
}
