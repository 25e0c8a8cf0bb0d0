import type { NoiseLevel } from './noise-level.ts'
import type { KeptEstimate, LinearEstimate } from './plan.ts'

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
  return { inputScale, denoised: (level) => denoisedFrom(type, level), noise: (level) => noiseFrom(type, level) }
}

/** Input scale of models trained on unit variance but sampled on an exploding path (k-diffusion's convention). */
export function unitVarianceScale({ sigma }: NoiseLevel): number {
  return 1 / Math.sqrt(sigma * sigma + 1)
}

/** Weights of sample and model output that give the clean sample at a level. */
export function denoisedFrom(type: PredictionType, { alpha, sigma }: NoiseLevel): LinearEstimate {
  switch (type) {
    case 'epsilon':
      return [1 / alpha, -sigma / alpha]
    case 'sample':
      return [0, 1]
    case 'v_prediction': {
      // The velocity is defined on a circle; a level off it (variance exploding) is scaled back first.
      const square = alpha ** 2 + sigma ** 2
      return [alpha / square, -sigma / Math.sqrt(square)]
    }
    case 'flow_prediction':
      return [1, -sigma]
  }
}

/** Weights of sample and model output that give the noise at a level. */
export function noiseFrom(type: PredictionType, { alpha, sigma }: NoiseLevel): LinearEstimate {
  switch (type) {
    case 'epsilon':
      return [0, 1]
    case 'sample':
      return [1 / sigma, -alpha / sigma]
    case 'v_prediction': {
      const square = alpha ** 2 + sigma ** 2
      return [sigma / square, alpha / Math.sqrt(square)]
    }
    case 'flow_prediction':
      return [1, alpha]
  }
}

/** Remember the denoised estimate. */
export const keepDenoised: KeptEstimate = { denoised: 1 }

/**
 * Remember the noise: what the model said, or, if the denoised estimate is filtered, what the filtered estimate implies.
 */
export function keepNoise(prediction: Prediction, level: NoiseLevel, filtered: boolean): KeptEstimate {
  if (filtered) return { sample: 1 / level.sigma, denoised: -level.alpha / level.sigma }
  const [sample, output] = prediction.noise(level)
  return { sample, output }
}
