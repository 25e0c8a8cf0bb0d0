import type { Graph } from '@latentkit/onnx-graph'
import type { InputShape } from '../input-shape.ts'
import { convolve } from '../layers/convolution.ts'
import type { WeightSource } from '../weight-source.ts'
import { decoderGraph, encoderGraph } from './autoencoder-graphs.ts'
import type { VQConfig } from './vq-config.ts'

const name = 'VQModel'

/**
 * The graph that encodes pictures.
 *
 * Input: `sample` float32 `[batch, in_channels, height, width]` in −1…1, sides being multiples of `autoencoderScale`.
 * Output: `latents` float32 `[batch, vq_embed_dim, height / scale, width / scale]`, not quantized.
 * @throws InvalidArgumentError for a side that is no such multiple; WeightError if a weight is missing or has another shape.
 */
export function buildVQEncoder(config: VQConfig, weights: WeightSource, shape: InputShape): Graph {
  return encoderGraph({ name, config, weights, shape }, config.latentChannels, (scope, hidden) => ({
    latents: convolve(scope.at('quant_conv'), hidden, config.vqEmbedDim, { size: 1 }),
  }))
}

/**
 * The graph that decodes latents, as a rule codes, which a quantizer (`readQuantizer`) made of them.
 *
 * Input: `latents` float32 `[batch, vq_embed_dim, height, width]`.
 * Output: `sample` float32 `[batch, out_channels, height · scale, width · scale]`, nominally in −1…1, not clamped.
 * @throws WeightError if a weight is missing or has another shape.
 */
export function buildVQDecoder(config: VQConfig, weights: WeightSource, shape: InputShape): Graph {
  return decoderGraph({ name, config, weights, shape }, config.vqEmbedDim, (scope, latents) =>
    convolve(scope.at('post_quant_conv'), latents, config.latentChannels, { size: 1 }),
  )
}
