import { foldedBytes, peakActivationBytes } from '@latentkit/onnx-graph'
import { buildVQDecoder } from '../autoencoder/vq-model.ts'
import type { InputShape } from '../input-shape.ts'
import { buildUNet2D } from '../unet-2d/unet-2d-model.ts'
import { buildCorrection, type CorrectionOptions, correctionReach, stripRows } from './correction.ts'
import type { ModelComponents } from './model-components.ts'

/**
 * What a runtime takes for the values of a graph, as a multiple of them: room for its kernels, blocks it keeps for later.
 * Measured on onnxruntime-node's CPU with the small model: 1.3 to 1.7 (`bench/results/large-pictures.md`).
 */
const overhead = 1.75

/** About how many bytes a run with inputs of this size takes, beside the weights as they are. */
export function requiredMemory({ unet, vqvae }: ModelComponents, shape: InputShape): number {
  const graphs = [buildUNet2D(unet.config, unet.weights, shape), buildVQDecoder(vqvae.config, vqvae.weights, shape)]
  return graphs.reduce((sum, graph) => sum + overhead * peakActivationBytes(graph) + foldedBytes(graph), 0)
}

/** The same for convolutions of single planes, which the runtime spreads out first. */
const correctionOverhead = 3

/** About how many bytes correcting a strip of a picture of this size takes. */
export function correctionMemory(options: CorrectionOptions): number {
  const height = Math.min(options.height, stripRows + 2 * correctionReach(options))
  return correctionOverhead * peakActivationBytes(buildCorrection({ ...options, height }))
}
