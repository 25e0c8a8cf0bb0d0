import { type ConfigJson, createConfigReader } from '../config-reader.ts'
import { type Activation, activations } from '../layers/activation.ts'
import { withUsualWords } from '../usual-words.ts'
import { checkSkipBlocks, groupedWidths } from './check-skip-blocks.ts'

const downBlockTypes = ['DownBlock2D', 'AttnDownBlock2D', 'ResnetDownsampleBlock2D', 'SkipDownBlock2D'] as const
const upBlockTypes = ['UpBlock2D', 'AttnUpBlock2D', 'ResnetUpsampleBlock2D', 'SkipUpBlock2D'] as const
/** Blocks on the way down, by diffusers' names (`down_block_types`). */
export type DownBlockType = (typeof downBlockTypes)[number]
/** Blocks on the way up, by diffusers' names (`up_block_types`). */
export type UpBlockType = (typeof upBlockTypes)[number]

/** A UNet2DModel: what of its `config.json` decides the network. Names follow diffusers. */
export interface UNet2DConfig {
  readonly inChannels: number
  readonly outChannels: number
  /** Maps an input of 0…1 to −1…1 first. */
  readonly centerInputSample: boolean
  readonly timeEmbeddingType: 'positional' | 'fourier' | 'learned'
  /** Width of the time embedding inside the network. */
  readonly timeEmbeddingDim: number
  readonly freqShift: number
  readonly flipSinToCos: boolean
  /** Entries of the learned time embedding. */
  readonly numTrainTimesteps: number | undefined
  readonly downBlockTypes: readonly DownBlockType[]
  readonly midBlockType: 'UNetMidBlock2D' | null
  readonly upBlockTypes: readonly UpBlockType[]
  readonly blockOutChannels: readonly number[]
  readonly layersPerBlock: number
  readonly midBlockScaleFactor: number
  readonly downsamplePadding: number
  readonly downsampleType: 'conv' | 'resnet'
  readonly upsampleType: 'conv' | 'resnet'
  readonly activation: Activation
  /** Channels of an attention head; undefined: one head over all channels. */
  readonly attentionHeadDim: number | undefined
  readonly normNumGroups: number
  /** Groups before the attention of the mid block, if set by themselves. */
  readonly attnNormNumGroups: number | undefined
  readonly normEps: number
  readonly timeScaleShift: 'default' | 'scale_shift'
  /** Attention in the mid block. */
  readonly addAttention: boolean
  /** What class labels are: none, an index into a table, a number embedded like a timestep, or an embedding itself. */
  readonly classEmbedding: 'none' | 'index' | 'timestep' | 'identity'
  readonly numClassEmbeds: number | undefined
  /** Keys of the file that are not known here. */
  readonly unknownKeys: readonly string[]
}

/**
 * Reads the `config.json` of a UNet2DModel; missing keys have diffusers' defaults.
 * @param source what to call it in errors
 * @throws ConfigError if a value is wrong or not supported.
 */
export function parseUNet2DConfig(json: ConfigJson, source = 'unet/config.json'): UNet2DConfig {
  const read = createConfigReader(source, withUsualWords(json))
  read.choice('_class_name', ['UNet2DModel'], 'UNet2DModel')
  read.ignore('sample_size', 'dropout')
  const blockOutChannels = read.integers('block_out_channels', [224, 448, 672, 896])
  const numClassEmbeds = read.optionalInteger('num_class_embeds')
  const classEmbedType = read.choice('class_embed_type', ['timestep', 'identity', null], null)
  const legacyOrder = read.flag('attention_legacy_order', false)
  if (legacyOrder) throw read.refuse('attention_legacy_order', 'false')
  const config: UNet2DConfig = {
    inChannels: read.integer('in_channels', 3),
    outChannels: read.integer('out_channels', 3),
    centerInputSample: read.flag('center_input_sample', false),
    timeEmbeddingType: read.choice('time_embedding_type', ['positional', 'fourier', 'learned'], 'positional'),
    timeEmbeddingDim: read.optionalInteger('time_embedding_dim') ?? blockOutChannels[0]! * 4,
    freqShift: read.integer('freq_shift', 0, 0),
    flipSinToCos: read.flag('flip_sin_to_cos', true),
    numTrainTimesteps: read.optionalInteger('num_train_timesteps'),
    downBlockTypes: read.choices('down_block_types', downBlockTypes, [
      'DownBlock2D',
      ...Array<DownBlockType>(3).fill('AttnDownBlock2D'),
    ]),
    midBlockType: read.choice('mid_block_type', ['UNetMidBlock2D', null], 'UNetMidBlock2D'),
    upBlockTypes: read.choices('up_block_types', upBlockTypes, [
      ...Array<UpBlockType>(3).fill('AttnUpBlock2D'),
      'UpBlock2D',
    ]),
    blockOutChannels,
    layersPerBlock: read.integer('layers_per_block', 2),
    midBlockScaleFactor: read.number('mid_block_scale_factor', 1),
    downsamplePadding: read.integer('downsample_padding', 1, 0),
    downsampleType: read.choice('downsample_type', ['conv', 'resnet', null], 'conv') ?? 'conv',
    upsampleType: read.choice('upsample_type', ['conv', 'resnet', null], 'conv') ?? 'conv',
    activation: read.choice('act_fn', activations, 'silu'),
    attentionHeadDim: 'attention_head_dim' in json ? read.optionalInteger('attention_head_dim') : 8,
    normNumGroups: read.integer('norm_num_groups', 32),
    attnNormNumGroups: read.optionalInteger('attn_norm_num_groups'),
    normEps: read.number('norm_eps', 1e-5),
    timeScaleShift: read.choice('resnet_time_scale_shift', ['default', 'scale_shift'], 'default'),
    addAttention: read.flag('add_attention', true),
    classEmbedding: classEmbedType ?? (numClassEmbeds === undefined ? 'none' : 'index'),
    numClassEmbeds,
    unknownKeys: read.unknownKeys(),
  }
  const levels = blockOutChannels.length
  if (config.downBlockTypes.length !== levels)
    throw read.refuse('down_block_types', `${levels} entries, as block_out_channels has`)
  if (config.upBlockTypes.length !== levels)
    throw read.refuse('up_block_types', `${levels} entries, as block_out_channels has`)
  checkSkipBlocks(config, read)
  const grouped = groupedWidths(config)
  if (grouped.some((channels) => channels % config.normNumGroups !== 0))
    throw read.refuse('norm_num_groups', `a divisor of every one of the channels [${grouped}]`, config.normNumGroups)
  if (config.downsamplePadding > 1) throw read.refuse('downsample_padding', '0 or 1')
  const { midBlockType, addAttention, attnNormNumGroups } = config
  if (midBlockType && addAttention && attnNormNumGroups && blockOutChannels.at(-1)! % attnNormNumGroups !== 0)
    throw read.refuse('attn_norm_num_groups', `a divisor of ${blockOutChannels.at(-1)}, the middle's channels`)
  if (
    config.attentionHeadDim &&
    blockOutChannels.some((channels, level) => hasAttention(config, level) && channels % config.attentionHeadDim! !== 0)
  ) {
    const expected = `a divisor of the channels [${blockOutChannels}] that have attention`
    throw read.refuse('attention_head_dim', expected, config.attentionHeadDim)
  }
  if (config.timeEmbeddingType === 'learned' && config.numTrainTimesteps === undefined) {
    throw read.refuse('num_train_timesteps', 'a whole number, since the time embedding is learned')
  }
  return Object.freeze(config)
}

function hasAttention(config: UNet2DConfig, level: number): boolean {
  const last = config.blockOutChannels.length - 1
  const inMiddle = level === last && config.midBlockType !== null && config.addAttention
  return (
    inMiddle ||
    config.downBlockTypes[level]!.startsWith('Attn') ||
    config.upBlockTypes[last - level]!.startsWith('Attn')
  )
}
