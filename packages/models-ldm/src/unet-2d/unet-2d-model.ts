import { createGraphBuilder, type Graph, type Value } from '@latentkit/onnx-graph'
import { assertInputShape, type InputShape } from '../input-shape.ts'
import { activate } from '../layers/activation.ts'
import { convolve } from '../layers/convolution.ts'
import { groupNorm } from '../layers/group-norm.ts'
import { midBlock } from '../layers/mid-block.ts'
import {
  fourierProjection,
  learnedProjection,
  sinusoidalProjection,
  timestepEmbedding,
} from '../layers/time-embedding.ts'
import { createScope, type Scope } from '../scope.ts'
import { assertWeights, type WeightSource } from '../weight-source.ts'
import { createBlockContext, resnetOptions } from './block-context.ts'
import { downBlock } from './down-blocks.ts'
import type { UNet2DConfig } from './unet-2d-config.ts'
import { upBlock } from './up-blocks.ts'

/** Both sides of the input must be multiples of this. */
export function unet2DSizeMultiple(config: UNet2DConfig): number {
  return 2 ** (config.blockOutChannels.length - 1)
}

/**
 * The graph of a UNet2DModel for one input size.
 *
 * Inputs: `sample` float32 `[batch, in_channels, height, width]`; `timestep` float32 `[batch]`; and, for a network with
 * class labels, `class_labels` float32 `[batch]` (or `[batch, time_embedding_dim]` if they are embeddings themselves).
 * Output: `output` float32 `[batch, out_channels, height, width]`.
 * @throws InvalidArgumentError if a side is not a multiple of `unet2DSizeMultiple`; WeightError if a weight is missing or has another shape.
 */
export function buildUNet2D(config: UNet2DConfig, weights: WeightSource, shape: InputShape): Graph {
  assertInputShape(shape, unet2DSizeMultiple(config))
  assertWeights(weights)
  const { batch, height, width } = shape
  const graph = createGraphBuilder('UNet2DModel')
  const sample = graph.input('sample', 'float32', [batch, config.inChannels, height, width])
  const timestep = graph.input('timestep', 'float32', [batch])
  graph.output('output', forward(createScope(graph, weights, shape), config, sample, timestep))
  return graph.finish()
}

function forward(scope: Scope, config: UNet2DConfig, sample: Value, timestep: Value): Value {
  const { graph } = scope
  const channels = config.blockOutChannels
  const last = channels.length - 1
  const time = graph.cast(embedTimeAndClass(scope.inFloat32(), config, timestep), scope.precision)

  const given = graph.cast(sample, scope.precision)
  const centred = config.centerInputSample ? graph.subtract(graph.multiply(given, 2), 1) : given
  let hidden = convolve(scope.at('conv_in'), centred, channels[0]!)
  let input = centred
  const kept = [hidden]
  for (const [level, type] of config.downBlockTypes.entries()) {
    const context = createBlockContext(config, time, channels[level]!, level === last)
    const result = downBlock(type, scope.at(`down_blocks.${level}`), hidden, input, context)
    hidden = result.hidden
    input = result.skip
    kept.push(...result.kept)
  }

  if (config.midBlockType) hidden = midBlock(scope.at('mid_block'), hidden, midOptions(config, time))

  let picture: Value | undefined
  for (const [level, type] of config.upBlockTypes.entries()) {
    const context = createBlockContext(config, time, channels[last - level]!, level === last)
    const result = upBlock(type, scope.at(`up_blocks.${level}`), hidden, kept, picture, context)
    hidden = result.hidden
    picture = result.skip
  }

  const normalised = groupNorm(scope.at('conv_norm_out'), hidden, {
    groups: config.normNumGroups,
    epsilon: config.normEps,
  })
  let output = convolve(scope.at('conv_out'), activate(graph, 'silu', normalised), config.outChannels)
  if (picture) output = graph.add(output, picture)
  output = graph.cast(output, 'float32')
  return config.timeEmbeddingType === 'fourier'
    ? graph.divide(output, graph.reshape(timestep, [timestep.shape[0]!, 1, 1, 1]))
    : output
}

function midOptions(config: UNet2DConfig, time: Value): Parameters<typeof midBlock>[2] {
  const channels = config.blockOutChannels.at(-1)!
  const context = createBlockContext(config, time, channels, true)
  // Parity: without groups of its own, the attention is normalised only if the time embedding is added, not scaled.
  const groups = config.attnNormNumGroups ?? (config.timeScaleShift === 'default' ? config.normNumGroups : undefined)
  const norm = groups === undefined ? undefined : { groups, epsilon: config.normEps }
  return {
    ...resnetOptions(context),
    outputScale: config.midBlockScaleFactor,
    attention: config.addAttention ? { headDim: config.attentionHeadDim ?? channels, norm } : undefined,
  }
}

function embedTimeAndClass(scope: Scope, config: UNet2DConfig, timestep: Value): Value {
  const { graph } = scope
  const width = config.timeEmbeddingDim
  const time = timestepEmbedding(scope.at('time_embedding'), project(scope, config, timestep), width)
  const batch = timestep.shape[0]!
  const labels = (shape: readonly number[]) => graph.input('class_labels', 'float32', shape)
  switch (config.classEmbedding) {
    case 'none':
      return time
    case 'index':
      return graph.add(
        time,
        learnedProjection(scope.at('class_embedding'), labels([batch]), config.numClassEmbeds!, width),
      )
    case 'timestep':
      return graph.add(
        time,
        timestepEmbedding(scope.at('class_embedding'), project(scope, config, labels([batch])), width),
      )
    case 'identity':
      return graph.add(time, labels([batch, width]))
  }
}

function project(scope: Scope, config: UNet2DConfig, timestep: Value): Value {
  const width = config.blockOutChannels[0]!
  const { graph } = scope
  switch (config.timeEmbeddingType) {
    case 'positional':
      return sinusoidalProjection(graph, timestep, {
        width,
        flipSinToCos: config.flipSinToCos,
        freqShift: config.freqShift,
      })
    case 'fourier':
      return fourierProjection(scope.at('time_proj'), timestep, width)
    case 'learned':
      return learnedProjection(scope.at('time_proj'), timestep, config.numTrainTimesteps!, width)
  }
}
