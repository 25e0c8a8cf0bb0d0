import type { Value } from '@latentkit/onnx-graph'
import { activate } from '../layers/activation.ts'
import { attention } from '../layers/attention.ts'
import { convolve } from '../layers/convolution.ts'
import { groupNorm } from '../layers/group-norm.ts'
import { upsample, upsampleByConvolution } from '../layers/resampling.ts'
import { resnetBlock } from '../layers/resnet-block.ts'
import type { Scope } from '../scope.ts'
import { type BlockContext, resnetOptions, skipGroups, skipResnetOptions } from './block-context.ts'
import type { UpBlockType } from './unet-2d-config.ts'

/** What a block on the way up leaves. */
export interface UpResult {
  readonly hidden: Value
  /** The picture that skip blocks build up, if there are any. */
  readonly skip: Value | undefined
}

/** One level on the way up. Its resnets look back at `kept`, the last value first, and take those values off the list. */
export function upBlock(
  type: UpBlockType,
  scope: Scope,
  x: Value,
  kept: Value[],
  skip: Value | undefined,
  context: BlockContext,
): UpResult {
  return type === 'SkipUpBlock2D'
    ? skipUpBlock(scope, x, kept, skip, context)
    : plainUpBlock(type, scope, x, kept, skip, context)
}

function plainUpBlock(
  type: UpBlockType,
  scope: Scope,
  x: Value,
  kept: Value[],
  skip: Value | undefined,
  context: BlockContext,
): UpResult {
  const { config, isLast } = context
  const resnet = resnetOptions(context)
  let hidden = x
  for (let layer = 0; layer <= config.layersPerBlock; layer++) {
    hidden = resnetBlock(scope.at(`resnets.${layer}`), scope.graph.concatenate([hidden, kept.pop()!], 1), resnet)
    if (type === 'AttnUpBlock2D') hidden = attention(scope.at(`attentions.${layer}`), hidden, context.attention)
  }
  if (!isLast) {
    const byResnet = type === 'ResnetUpsampleBlock2D' || (type === 'AttnUpBlock2D' && config.upsampleType === 'resnet')
    const sampler = scope.at('upsamplers.0')
    hidden = byResnet
      ? resnetBlock(sampler, hidden, { ...resnet, resample: { direction: 'up', kernel: 'box' } })
      : upsampleByConvolution(sampler, hidden)
  }
  return { hidden, skip }
}

/** The block of NCSN++ (Song et al. 2021): at each level a picture is made and added to the enlarged one of the level before. */
function skipUpBlock(scope: Scope, x: Value, kept: Value[], skip: Value | undefined, context: BlockContext): UpResult {
  const { graph } = scope
  const { config, output, isLast } = context
  let hidden = x
  for (let layer = 0; layer <= config.layersPerBlock; layer++) {
    const joined = graph.concatenate([hidden, kept.pop()!], 1)
    hidden = resnetBlock(scope.at(`resnets.${layer}`), joined, skipResnetOptions(context, joined))
  }
  const larger = skip && upsample(graph, skip, 'fir')
  if (isLast) return { hidden, skip: larger }
  const normalised = groupNorm(scope.at('skip_norm'), hidden, { groups: skipGroups(output), epsilon: config.normEps })
  const picture = convolve(scope.at('skip_conv'), activate(graph, 'silu', normalised), 3)
  const resample = { direction: 'up', kernel: 'fir' } as const
  hidden = resnetBlock(scope.at('resnet_up'), hidden, {
    ...skipResnetOptions(context, hidden),
    resample,
    alwaysShortcut: true,
  })
  return { hidden, skip: larger ? graph.add(larger, picture) : picture }
}
