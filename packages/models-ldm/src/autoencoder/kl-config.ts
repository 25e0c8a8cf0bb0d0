import { type ConfigJson, createConfigReader } from '../config-reader.ts'
import { withUsualWords } from '../usual-words.ts'
import { type AutoencoderConfig, readAutoencoderConfig } from './autoencoder-config.ts'

/**
 * An AutoencoderKL: what of its `config.json` decides the network, and how pipelines scale its latents. What their UNet sees is
 * `(latents − shift) · scalingFactor`; or, where mean and deviation are given, `(latents − mean) · scalingFactor / deviation`.
 */
export interface KLConfig extends AutoencoderConfig {
  /** A convolution after the encoder. */
  readonly useQuantConv: boolean
  /** A convolution before the decoder. */
  readonly usePostQuantConv: boolean
  readonly scalingFactor: number
  /** 0 where the file has none. */
  readonly shiftFactor: number
  /** One for each of `latentChannels`. */
  readonly latentsMean: readonly number[] | undefined
  /** Standard deviations, one for each of `latentChannels`. */
  readonly latentsStd: readonly number[] | undefined
  /** Keys of the file that are not known here. */
  readonly unknownKeys: readonly string[]
}

/**
 * Reads the `config.json` of an AutoencoderKL; missing keys have diffusers' defaults.
 * @param source what to call it in errors
 * @throws ConfigError if a value is wrong or not supported.
 */
export function parseKLConfig(json: ConfigJson, source = 'vae/config.json'): KLConfig {
  const read = createConfigReader(source, withUsualWords(json))
  read.choice('_class_name', ['AutoencoderKL'], 'AutoencoderKL')
  read.ignore('sample_size', 'force_upcast')
  const shared = readAutoencoderConfig(read, { latentChannels: 4 })
  const { latentChannels } = shared
  return Object.freeze({
    ...shared,
    useQuantConv: read.flag('use_quant_conv', true),
    usePostQuantConv: read.flag('use_post_quant_conv', true),
    scalingFactor: read.number('scaling_factor', 0.18215),
    shiftFactor: read.optionalNumber('shift_factor') ?? 0,
    latentsMean: read.optionalNumbers('latents_mean', latentChannels),
    latentsStd: read.optionalNumbers('latents_std', latentChannels),
    unknownKeys: read.unknownKeys(),
  })
}
