import type { Value } from '@latentkit/onnx-graph'
import { attention } from '../layers/attention.ts'
import { convolve } from '../layers/convolution.ts'
import { downsample, downsampleByConvolution } from '../layers/resampling.ts'
import { resnetBlock } from '../layers/resnet-block.ts'
import type { Scope } from '../scope.ts'
import { type BlockContext, resnetOptions, skipResnetOptions } from './block-context.ts'
import type { DownBlockType } from './unet-2d-config.ts'

/** What a block on the way down leaves. */
export interface DownResult {
  readonly hidden: Value
  /** What the blocks on the way up will look back at, in order. */
  readonly kept: readonly Value[]
  /** The small picture that skip blocks carry along. */
  readonly skip: Value
}

/** One level on the way down; the last one keeps its resolution. */
export function downBlock(type: DownBlockType, scope: Scope, x: Value, skip: Value, context: BlockContext): DownResult {
  return type === 'SkipDownBlock2D'
    ? skipDownBlock(scope, x, skip, context)
    : plainDownBlock(type, scope, x, skip, context)
}

function plainDownBlock(type: DownBlockType, scope: Scope, x: Value, skip: Value, context: BlockContext): DownResult {
  const { config, output, isLast } = context
  const resnet = resnetOptions(context)
  const kept: Value[] = []
  let hidden = x
  for (let layer = 0; layer < config.layersPerBlock; layer++) {
    hidden = resnetBlock(scope.at(`resnets.${layer}`), hidden, resnet)
    if (type === 'AttnDownBlock2D') hidden = attention(scope.at(`attentions.${layer}`), hidden, context.attention)
    kept.push(hidden)
  }
  if (!isLast) {
    const byResnet =
      type === 'ResnetDownsampleBlock2D' || (type === 'AttnDownBlock2D' && config.downsampleType === 'resnet')
    const sampler = scope.at('downsamplers.0')
    hidden = byResnet
      ? resnetBlock(sampler, hidden, { ...resnet, output, resample: { direction: 'down', kernel: 'box' } })
      : downsampleByConvolution(sampler, hidden, config.downsamplePadding)
    kept.push(hidden)
  }
  return { hidden, kept, skip }
}

/** The block of NCSN++ (Song et al. 2021): the input picture, ever smaller, is added at each level. */
function skipDownBlock(scope: Scope, x: Value, skip: Value, context: BlockContext): DownResult {
  const { config, output, isLast } = context
  const kept: Value[] = []
  let hidden = x
  for (let layer = 0; layer < config.layersPerBlock; layer++) {
    hidden = resnetBlock(scope.at(`resnets.${layer}`), hidden, skipResnetOptions(context, hidden))
    kept.push(hidden)
  }
  if (isLast) return { hidden, kept, skip }
  const resample = { direction: 'down', kernel: 'fir' } as const
  hidden = resnetBlock(scope.at('resnet_down'), hidden, {
    ...skipResnetOptions(context, hidden),
    resample,
    alwaysShortcut: true,
  })
  const smaller = downsample(scope.graph, skip, 'fir')
  hidden = scope.graph.add(convolve(scope.at('skip_conv'), smaller, output, { size: 1 }), hidden)
  return { hidden, kept: [...kept, hidden], skip: smaller }
}
