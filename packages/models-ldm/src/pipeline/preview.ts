import { type RasterImage, resizeTensor, type Session, type Size, type Tensor, tensorToImage } from '@latentkit/core'
import type { VectorQuantizer } from '../autoencoder/quantizer.ts'
import { crop } from './crop.ts'
import { toGrey } from './grey.ts'

/** Longest side, in latents, of what a preview decodes. */
const longestSide = 64

/** What a preview is made by. */
export interface PreviewOptions {
  /** Size of the small picture; what it was padded by is left out. */
  readonly picture: Size
  /** Whether the small picture is grey, as the preview then is. */
  readonly grey: boolean
  readonly quantizer: VectorQuantizer
  /** The decoder of latents of this size. */
  openDecoder(latents: Size): Promise<Session>
  readonly signal?: AbortSignal | undefined
}

/**
 * Decodes the estimate of the clean latents as a picture to look at while the work goes on: the first of the batch, reduced
 * so that it takes a fraction of a step.
 */
export async function decodePreview(
  estimate: Tensor<'float32'>,
  { picture, grey, quantizer, openDecoder, signal }: PreviewOptions,
): Promise<RasterImage> {
  const whole = crop(estimate, { top: 0, left: 0, height: picture.height, width: picture.width })
  const factor = Math.min(1, longestSide / Math.max(picture.width, picture.height))
  const reduce = (side: number) => Math.max(1, Math.round(side * factor))
  const size = { width: reduce(picture.width), height: reduce(picture.height) }
  const latents = factor < 1 ? resizeTensor(whole, size, 'box') : whole
  const decoder = await openDecoder(size)
  const codes = quantizer.quantize(latents).latents
  const decoded = (await decoder.run({ latents: codes }, { signal })).sample as Tensor<'float32'>
  return tensorToImage(grey ? toGrey(decoded) : decoded)
}
