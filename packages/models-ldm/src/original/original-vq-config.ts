import type { TensorIndex } from '@latentkit/checkpoints'
import { CheckpointError } from '@latentkit/core'
import type { ConfigJson } from '../config-reader.ts'
import { countParts, hasPart, sizeOf } from './count-parts.ts'
import { originalNormGroups } from './original-unet-config.ts'

/**
 * The `config.json` that diffusers would have for an original VQ autoencoder, told from its tensors: widths, layers,
 * attention, latents, codes. Groups and activation are as in CompVis' code.
 * @param vqvae The autoencoder under diffusers' names.
 * @throws CheckpointError if a tensor that tells something is missing, such as the codes of one without quantisation.
 */
export function originalVQConfig(vqvae: TensorIndex): ConfigJson {
  if (!vqvae.tensors.has('quantize.embedding.weight')) {
    const problem = 'is missing: an autoencoder without codes, such as a KL autoencoder, is no VQModel'
    throw new CheckpointError({ file: vqvae.name, tensor: 'quantize.embedding.weight', problem })
  }
  const levels = countParts(vqvae, 'encoder.down_blocks')
  const all = Array.from({ length: levels }, (_, level) => level)
  const attention = (part: string) => (hasPart(vqvae, `${part}.attentions`) ? 'Attn' : '')
  return {
    _class_name: 'VQModel',
    act_fn: 'silu',
    block_out_channels: all.map((level) => sizeOf(vqvae, `encoder.down_blocks.${level}.resnets.0.conv1.weight`, 0)),
    down_block_types: all.map((level) => `${attention(`encoder.down_blocks.${level}`)}DownEncoderBlock2D`),
    in_channels: sizeOf(vqvae, 'encoder.conv_in.weight', 1),
    latent_channels: sizeOf(vqvae, 'encoder.conv_out.weight', 0),
    layers_per_block: countParts(vqvae, 'encoder.down_blocks.0.resnets'),
    mid_block_add_attention: attention('decoder.mid_block') !== '',
    norm_num_groups: originalNormGroups,
    num_vq_embeddings: sizeOf(vqvae, 'quantize.embedding.weight', 0),
    out_channels: sizeOf(vqvae, 'decoder.conv_out.weight', 0),
    up_block_types: all.map((level) => `${attention(`decoder.up_blocks.${level}`)}UpDecoderBlock2D`),
    vq_embed_dim: sizeOf(vqvae, 'quantize.embedding.weight', 1),
  }
}
