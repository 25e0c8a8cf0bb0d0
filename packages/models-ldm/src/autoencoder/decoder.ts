import type { Value } from '@latentkit/onnx-graph'
import { activate } from '../layers/activation.ts'
import { attention } from '../layers/attention.ts'
import { convolve } from '../layers/convolution.ts'
import { groupNorm } from '../layers/group-norm.ts'
import { midBlock } from '../layers/mid-block.ts'
import { upsampleByConvolution } from '../layers/resampling.ts'
import { resnetBlock } from '../layers/resnet-block.ts'
import type { Scope } from '../scope.ts'
import type { AutoencoderConfig } from './autoencoder-config.ts'
import { midOptions, normOptions, plainResnet } from './layer-options.ts'

/** Latents `[n, latent_channels, h, w]` → picture `[n, out_channels, h · scale, w · scale]`. */
export function decoder(scope: Scope, config: AutoencoderConfig, latents: Value): Value {
  const channelsUp = config.blockOutChannels.toReversed()
  const norm = normOptions(config)
  let hidden = convolve(scope.at('conv_in'), latents, channelsUp[0]!)
  hidden = midBlock(scope.at('mid_block'), hidden, midOptions(config))
  for (const [level, type] of config.upBlockTypes.entries()) {
    const block = scope.at(`up_blocks.${level}`)
    const channels = channelsUp[level]!
    for (let layer = 0; layer <= config.layersPerBlock; layer++) {
      hidden = resnetBlock(block.at(`resnets.${layer}`), hidden, plainResnet(config, channels))
      if (type === 'AttnUpDecoderBlock2D')
        hidden = attention(block.at(`attentions.${layer}`), hidden, { headDim: channels, norm })
    }
    if (level < channelsUp.length - 1) hidden = upsampleByConvolution(block.at('upsamplers.0'), hidden)
  }
  const normalised = groupNorm(scope.at('conv_norm_out'), hidden, norm)
  return convolve(scope.at('conv_out'), activate(scope.graph, 'silu', normalised), config.outChannels)
}
