import type { Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'
import { attention } from './attention.ts'
import type { GroupNormOptions } from './group-norm.ts'
import { type ResnetBlockOptions, resnetBlock } from './resnet-block.ts'

export interface MidBlockOptions extends Omit<ResnetBlockOptions, 'output' | 'resample' | 'alwaysShortcut'> {
  /** Attention between the two resnets, if any. */
  readonly attention: { readonly headDim: number; readonly norm: GroupNormOptions | undefined } | undefined
}

/** The middle of a UNet, an encoder or a decoder: resnet, attention, resnet. */
export function midBlock(scope: Scope, x: Value, options: MidBlockOptions): Value {
  const resnet = { ...options, output: x.shape[1]! }
  let hidden = resnetBlock(scope.at('resnets.0'), x, resnet)
  if (options.attention) {
    hidden = attention(scope.at('attentions.0'), hidden, {
      ...options.attention,
      outputScale: options.outputScale ?? 1,
    })
  }
  return resnetBlock(scope.at('resnets.1'), hidden, resnet)
}
