import type { GroupNormOptions } from '../layers/group-norm.ts'
import type { MidBlockOptions } from '../layers/mid-block.ts'
import type { ResnetBlockOptions } from '../layers/resnet-block.ts'
import type { AutoencoderConfig } from './autoencoder-config.ts'

/** Parity: fixed in diffusers' autoencoders, unlike a UNet's. */
const epsilon = 1e-6

/** Every normalisation of an encoder or decoder. */
export function normOptions(config: AutoencoderConfig): GroupNormOptions {
  return { groups: config.normNumGroups, epsilon }
}

/** A resnet of an encoder or decoder, which knows no time. */
export function plainResnet(config: AutoencoderConfig, output: number): ResnetBlockOptions {
  return { output, activation: config.activation, groups: config.normNumGroups, epsilon }
}

/** The middle of an encoder or decoder: attention (if any) has one head. */
export function midOptions(config: AutoencoderConfig): MidBlockOptions {
  const channels = config.blockOutChannels.at(-1)!
  const attention = config.midBlockAddAttention ? { headDim: channels, norm: normOptions(config) } : undefined
  return { ...plainResnet(config, channels), attention }
}
