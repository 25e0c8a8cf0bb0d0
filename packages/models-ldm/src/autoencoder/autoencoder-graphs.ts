import { createGraphBuilder, type Graph, type Value } from '@latentkit/onnx-graph'
import { assertInputShape, type InputShape } from '../input-shape.ts'
import { createScope, type Scope } from '../scope.ts'
import { assertWeights, type WeightSource } from '../weight-source.ts'
import { type AutoencoderConfig, autoencoderScale } from './autoencoder-config.ts'
import { decoder } from './decoder.ts'
import { encoder } from './encoder.ts'

/** What a graph of an autoencoder is made of. */
export interface AutoencoderParts {
  /** The class of autoencoders. */
  readonly name: string
  readonly config: AutoencoderConfig
  readonly weights: WeightSource
  readonly shape: InputShape
}

/**
 * The graph from pictures, `sample`, to what `finish` makes of the encoder's `channels`: outputs by name.
 * @throws InvalidArgumentError for a side that is no multiple of the autoencoder's scale, or for no weights.
 */
export function encoderGraph(
  { name, config, weights, shape }: AutoencoderParts,
  channels: number,
  finish: (scope: Scope, hidden: Value) => Readonly<Record<string, Value>>,
): Graph {
  assertInputShape(shape, autoencoderScale(config))
  assertWeights(weights)
  const graph = createGraphBuilder(`${name} encoder`)
  const scope = createScope(graph, weights, shape)
  const sample = graph.input('sample', 'float32', [shape.batch, config.inChannels, shape.height, shape.width])
  const hidden = encoder(scope.at('encoder'), config, graph.cast(sample, scope.precision), channels)
  for (const [output, value] of Object.entries(finish(scope, hidden)))
    graph.output(output, graph.cast(value, 'float32'))
  return graph.finish()
}

/** The graph from `latents` of `channels` to pictures, `sample`; `begin` makes of the latents what the decoder takes. */
export function decoderGraph(
  { name, config, weights, shape }: AutoencoderParts,
  channels: number,
  begin: (scope: Scope, latents: Value) => Value,
): Graph {
  assertInputShape(shape, 1)
  assertWeights(weights)
  const graph = createGraphBuilder(`${name} decoder`)
  const scope = createScope(graph, weights, shape)
  const latents = graph.input('latents', 'float32', [shape.batch, channels, shape.height, shape.width])
  const hidden = begin(scope, graph.cast(latents, scope.precision))
  graph.output('sample', graph.cast(decoder(scope.at('decoder'), config, hidden), 'float32'))
  return graph.finish()
}
