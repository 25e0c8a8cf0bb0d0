import type { Value } from '@latentkit/onnx-graph'
import type { AttentionOptions } from '../layers/attention.ts'
import type { ResnetBlockOptions } from '../layers/resnet-block.ts'
import type { UNet2DConfig } from './unet-2d-config.ts'

/** What the layers of one level share. */
export interface BlockContext {
  readonly config: UNet2DConfig
  /** Time embedding `[n, d]`. */
  readonly time: Value
  /** Channels of the level. */
  readonly output: number
  /** True for the last block on its way: it keeps its resolution. */
  readonly isLast: boolean
  readonly attention: AttentionOptions
}

export function createBlockContext(config: UNet2DConfig, time: Value, output: number, isLast: boolean): BlockContext {
  const norm = { groups: config.normNumGroups, epsilon: config.normEps }
  return { config, time, output, isLast, attention: { headDim: config.attentionHeadDim ?? output, norm } }
}

/** Options of an ordinary resnet of the level. */
export function resnetOptions({ config, time, output }: BlockContext): ResnetBlockOptions {
  return {
    output,
    activation: config.activation,
    epsilon: config.normEps,
    groups: config.normNumGroups,
    time: { embedding: time, mode: config.timeScaleShift },
  }
}

/** Options of a resnet of a skip block, whose groups follow the channels and whose sum is scaled down. */
export function skipResnetOptions(context: BlockContext, x: Value): ResnetBlockOptions {
  return {
    ...resnetOptions(context),
    groups: skipGroups(x.shape[1]!),
    groupsOut: skipGroups(context.output),
    outputScale: Math.SQRT2,
  }
}

/** Groups of the normalisations in skip blocks. */
export function skipGroups(channels: number): number {
  return Math.min(Math.floor(channels / 4), 32)
}
