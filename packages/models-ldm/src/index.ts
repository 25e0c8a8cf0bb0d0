export { type AutoencoderConfig, autoencoderScale } from './autoencoder/autoencoder-config.ts'
export { buildKLDecoder, buildKLEncoder, drawLatents } from './autoencoder/autoencoder-kl.ts'
export { type KLConfig, parseKLConfig } from './autoencoder/kl-config.ts'
export { type Quantized, readQuantizer, type VectorQuantizer } from './autoencoder/quantizer.ts'
export { parseVQConfig, type VQConfig } from './autoencoder/vq-config.ts'
export { buildVQDecoder, buildVQEncoder } from './autoencoder/vq-model.ts'
export type { ConfigJson } from './config-reader.ts'
export { createGraphSession } from './create-graph-session.ts'
export {
  type ComputeOptions,
  type ComputeSettings,
  type ConvolutionMethod,
  convolutionMethods,
  type InputShape,
  type Precision,
  precisions,
} from './input-shape.ts'
export type { Activation } from './layers/activation.ts'
export { NotFiniteError } from './pipeline/check-finite.ts'
export { type ColourMode, colourModes } from './pipeline/colour-mode.ts'
export { buildCorrection, type CorrectionOptions } from './pipeline/correction.ts'
export type { EstimateOptions } from './pipeline/estimate-seconds.ts'
export {
  type FromPretrainedOptions,
  LDMSuperResolutionPipeline,
  type PictureOrSize,
  type UpscalePlan,
  type UpscaleResult,
} from './pipeline/ldm-super-resolution.ts'
export { type ModelDefaults, readModelDefaults } from './pipeline/model-components.ts'
export type { PlanUpscaleOptions, TilePlan } from './pipeline/plan-upscale.ts'
export type { LoadOptions } from './pipeline/read-model-parts.ts'
export type { TileAxis, TileGrid } from './pipeline/tile-grid.ts'
export type { UpscaleOptions } from './pipeline/upscale-options.ts'
export type { UpscaleSettings } from './pipeline/upscale-settings.ts'
export {
  createReceipt,
  type ModelIdentity,
  type Receipt,
  type ReceiptParts,
  watchWeights,
} from './receipt.ts'
export { type DownBlockType, parseUNet2DConfig, type UNet2DConfig, type UpBlockType } from './unet-2d/unet-2d-config.ts'
export { buildUNet2D, unet2DSizeMultiple } from './unet-2d/unet-2d-model.ts'
export { prepareWeights, type WeightSource } from './weight-source.ts'
