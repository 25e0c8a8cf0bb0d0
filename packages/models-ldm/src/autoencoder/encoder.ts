import type { Value } from '@latentkit/onnx-graph'
import { activate } from '../layers/activation.ts'
import { attention } from '../layers/attention.ts'
import { convolve } from '../layers/convolution.ts'
import { groupNorm } from '../layers/group-norm.ts'
import { midBlock } from '../layers/mid-block.ts'
import { downsampleByConvolution } from '../layers/resampling.ts'
import { resnetBlock } from '../layers/resnet-block.ts'
import type { Scope } from '../scope.ts'
import type { AutoencoderConfig } from './autoencoder-config.ts'
import { midOptions, normOptions, plainResnet } from './layer-options.ts'

/** Picture `[n, in_channels, h, w]` → `[n, output, h / scale, w / scale]`. */
export function encoder(scope: Scope, config: AutoencoderConfig, picture: Value, output: number): Value {
  const { blockOutChannels } = config
  const norm = normOptions(config)
  let hidden = convolve(scope.at('conv_in'), picture, blockOutChannels[0]!)
  for (const [level, type] of config.downBlockTypes.entries()) {
    const block = scope.at(`down_blocks.${level}`)
    const channels = blockOutChannels[level]!
    for (let layer = 0; layer < config.layersPerBlock; layer++) {
      hidden = resnetBlock(block.at(`resnets.${layer}`), hidden, plainResnet(config, channels))
      if (type === 'AttnDownEncoderBlock2D')
        hidden = attention(block.at(`attentions.${layer}`), hidden, { headDim: channels, norm })
    }
    if (level < blockOutChannels.length - 1) hidden = downsampleByConvolution(block.at('downsamplers.0'), hidden, 0)
  }
  hidden = midBlock(scope.at('mid_block'), hidden, midOptions(config))
  return convolve(
    scope.at('conv_out'),
    activate(scope.graph, 'silu', groupNorm(scope.at('conv_norm_out'), hidden, norm)),
    output,
  )
}
