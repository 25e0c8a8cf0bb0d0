import type { TensorIndex } from '@latentkit/checkpoints'
import type { ConfigJson } from '../config-reader.ts'
import { countParts, hasPart, sizeOf } from './count-parts.ts'

/** Channels of an attention head in all of CompVis' models of this kind (`num_head_channels`). Weights do not tell. */
export const originalHeadDim = 32

/** Groups of every normalisation; CompVis' code has the number in it. */
export const originalNormGroups = 32

/**
 * The `config.json` that diffusers would have for an original UNet, told from its tensors: widths, layers, where attention
 * is. What tensors do not tell (heads, groups, epsilon, padding, activation) is as in CompVis' code and published model.
 * @param unet The UNet under diffusers' names.
 * @throws CheckpointError if a tensor that tells something is missing.
 */
export function originalUNetConfig(unet: TensorIndex): ConfigJson {
  const levels = countParts(unet, 'down_blocks')
  const all = Array.from({ length: levels }, (_, level) => level)
  const channels = all.map((level) => sizeOf(unet, `down_blocks.${level}.resnets.0.conv1.weight`, 0))
  const block = (side: 'Down' | 'Up', level: number) =>
    `${hasPart(unet, `${side.toLowerCase()}_blocks.${level}.attentions`) ? 'Attn' : ''}${side}Block2D`
  const timeRows = sizeOf(unet, 'down_blocks.0.resnets.0.time_emb_proj.weight', 0)
  return {
    _class_name: 'UNet2DModel',
    act_fn: 'silu',
    add_attention: hasPart(unet, 'mid_block.attentions'),
    attention_head_dim: originalHeadDim,
    block_out_channels: channels,
    down_block_types: all.map((level) => block('Down', level)),
    downsample_padding: 1,
    flip_sin_to_cos: true,
    freq_shift: 0,
    in_channels: sizeOf(unet, 'conv_in.weight', 1),
    layers_per_block: countParts(unet, 'down_blocks.0.resnets'),
    norm_eps: 1e-5,
    norm_num_groups: originalNormGroups,
    out_channels: sizeOf(unet, 'conv_out.weight', 0),
    resnet_time_scale_shift: timeRows === 2 * channels[0]! ? 'scale_shift' : 'default',
    time_embedding_dim: sizeOf(unet, 'time_embedding.linear_1.weight', 0),
    time_embedding_type: 'positional',
    up_block_types: all.map((level) => block('Up', level)),
  }
}
