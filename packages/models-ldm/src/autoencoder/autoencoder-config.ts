import type { ConfigReader } from '../config-reader.ts'
import { type Activation, activations } from '../layers/activation.ts'

const downBlockTypes = ['DownEncoderBlock2D', 'AttnDownEncoderBlock2D'] as const
const upBlockTypes = ['UpDecoderBlock2D', 'AttnUpDecoderBlock2D'] as const

/** What VQModel and AutoencoderKL have in common: an encoder and a decoder. */
export interface AutoencoderConfig {
  readonly inChannels: number
  readonly outChannels: number
  readonly latentChannels: number
  readonly downBlockTypes: readonly (typeof downBlockTypes)[number][]
  readonly upBlockTypes: readonly (typeof upBlockTypes)[number][]
  readonly blockOutChannels: readonly number[]
  readonly layersPerBlock: number
  readonly activation: Activation
  readonly normNumGroups: number
  /** Attention in the middle of encoder and decoder. */
  readonly midBlockAddAttention: boolean
}

/** Reads the shared keys; missing ones have diffusers' defaults, of which the classes differ in one. */
export function readAutoencoderConfig(
  read: ConfigReader,
  defaults: Pick<AutoencoderConfig, 'latentChannels'>,
): AutoencoderConfig {
  const config: AutoencoderConfig = {
    inChannels: read.integer('in_channels', 3),
    outChannels: read.integer('out_channels', 3),
    latentChannels: read.integer('latent_channels', defaults.latentChannels),
    downBlockTypes: read.choices('down_block_types', downBlockTypes, ['DownEncoderBlock2D']),
    upBlockTypes: read.choices('up_block_types', upBlockTypes, ['UpDecoderBlock2D']),
    blockOutChannels: read.integers('block_out_channels', [64]),
    layersPerBlock: read.integer('layers_per_block', 1),
    activation: read.choice('act_fn', activations, 'silu'),
    normNumGroups: read.integer('norm_num_groups', 32),
    midBlockAddAttention: read.flag('mid_block_add_attention', true),
  }
  const levels = config.blockOutChannels.length
  if (config.downBlockTypes.length !== levels)
    throw read.refuse('down_block_types', `${levels} entries, as block_out_channels has`)
  if (config.upBlockTypes.length !== levels)
    throw read.refuse('up_block_types', `${levels} entries, as block_out_channels has`)
  if (config.blockOutChannels.some((channels) => channels % config.normNumGroups !== 0)) {
    throw read.refuse('norm_num_groups', `a divisor of every entry of block_out_channels [${config.blockOutChannels}]`)
  }
  return config
}

/** How many pixels of a picture one latent pixel stands for, along each side. */
export function autoencoderScale(config: AutoencoderConfig): number {
  return 2 ** (config.blockOutChannels.length - 1)
}
