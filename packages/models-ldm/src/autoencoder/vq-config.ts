import { type ConfigJson, createConfigReader } from '../config-reader.ts'
import { withUsualWords } from '../usual-words.ts'
import { type AutoencoderConfig, readAutoencoderConfig } from './autoencoder-config.ts'

/** A VQModel: what of its `config.json` decides the network. */
export interface VQConfig extends AutoencoderConfig {
  /** Number of codes. */
  readonly numVQEmbeddings: number
  /** Width of a code, which is also the number of channels of the latents that are encoded and decoded. */
  readonly vqEmbedDim: number
  /** What other pipelines divide latents by before they are decoded; that of super-resolution never scales them. */
  readonly scalingFactor: number
  /** Keys of the file that are not known here. */
  readonly unknownKeys: readonly string[]
}

/**
 * Reads the `config.json` of a VQModel; missing keys have diffusers' defaults.
 * @param source what to call it in errors
 * @throws ConfigError if a value is wrong or not supported.
 */
export function parseVQConfig(json: ConfigJson, source = 'vqvae/config.json'): VQConfig {
  const read = createConfigReader(source, withUsualWords(json))
  read.choice('_class_name', ['VQModel'], 'VQModel')
  read.choice('norm_type', ['group'], 'group')
  // None has a meaning for the pipeline's latents, which are always quantised by their own values.
  read.ignore('sample_size', 'force_upcast', 'lookup_from_codebook')
  const shared = readAutoencoderConfig(read, { latentChannels: 3 })
  return Object.freeze({
    ...shared,
    numVQEmbeddings: read.integer('num_vq_embeddings', 256),
    vqEmbedDim: read.optionalInteger('vq_embed_dim') ?? shared.latentChannels,
    scalingFactor: read.number('scaling_factor', 0.18215),
    unknownKeys: read.unknownKeys(),
  })
}
