import { InvalidArgumentError } from '@latentkit/core'
import { createGraphBuilder, type Graph, type GraphBuilder } from '@latentkit/onnx-graph'
import type { ComputeOptions, InputShape } from '../input-shape.ts'
import { convolve } from '../layers/convolution.ts'
import { createScope, type Scope } from '../scope.ts'
import type { WeightSource } from '../weight-source.ts'
import { autoencoderScale } from './autoencoder-config.ts'
import { decoder } from './decoder.ts'
import { encoder } from './encoder.ts'
import type { VQConfig } from './vq-config.ts'

/**
 * The graph that encodes pictures.
 *
 * Input: `sample` float32 `[batch, in_channels, height, width]` in −1…1, sides being multiples of `autoencoderScale`.
 * Output: `latents` float32 `[batch, vq_embed_dim, height / scale, width / scale]`, not quantized.
 * @throws InvalidArgumentError for a side that is no such multiple; WeightError if a weight is missing or has another shape.
 */
export function buildVQEncoder(config: VQConfig, weights: WeightSource, shape: InputShape): Graph {
  const scale = autoencoderScale(config)
  for (const argument of ['height', 'width'] as const) {
    if (shape[argument] % scale !== 0) {
      throw new InvalidArgumentError({ argument, value: shape[argument], expected: `a multiple of ${scale}` })
    }
  }
  return build('VQModel encoder', weights, shape, (graph, scope) => {
    const sample = graph.input('sample', 'float32', [shape.batch, config.inChannels, shape.height, shape.width])
    const hidden = encoder(scope.at('encoder'), config, graph.cast(sample, scope.precision), config.latentChannels)
    graph.output(
      'latents',
      graph.cast(convolve(scope.at('quant_conv'), hidden, config.vqEmbedDim, { size: 1 }), 'float32'),
    )
  })
}

/**
 * The graph that decodes latents, as a rule codes, which a quantizer (`readQuantizer`) made of them.
 *
 * Input: `latents` float32 `[batch, vq_embed_dim, height, width]`.
 * Output: `sample` float32 `[batch, out_channels, height · scale, width · scale]`, nominally in −1…1, not clamped.
 * @throws WeightError if a weight is missing or has another shape.
 */
export function buildVQDecoder(config: VQConfig, weights: WeightSource, shape: InputShape): Graph {
  return build('VQModel decoder', weights, shape, (graph, scope) => {
    const latents = graph.input('latents', 'float32', [shape.batch, config.vqEmbedDim, shape.height, shape.width])
    const typed = graph.cast(latents, scope.precision)
    const hidden = convolve(scope.at('post_quant_conv'), typed, config.latentChannels, { size: 1 })
    graph.output('sample', graph.cast(decoder(scope.at('decoder'), config, hidden), 'float32'))
  })
}

function build(
  name: string,
  weights: WeightSource,
  compute: ComputeOptions,
  describe: (graph: GraphBuilder, scope: Scope) => void,
): Graph {
  const graph = createGraphBuilder(name)
  describe(graph, createScope(graph, weights, compute))
  return graph.finish()
}
