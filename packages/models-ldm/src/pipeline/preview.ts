import { type RasterImage, resizeTensor, type Size, type Tensor, tensorToImage } from '@latentkit/core'
import type { VectorQuantizer } from '../autoencoder/quantizer.ts'
import { crop } from './crop.ts'
import { toGrey } from './grey.ts'
import type { NetworkSessions } from './network-sessions.ts'

/** Longest side, in latents, of what a preview decodes. */
const longestSide = 64

/**
 * Decodes the estimate of the clean latents as a picture to look at while the work goes on: the first of the batch, reduced
 * so that it takes a fraction of a step.
 * @param picture Size of the small picture; what it was padded by is left out.
 * @param grey Whether the small picture is grey, as the preview then is.
 */
export async function decodePreview(
  estimate: Tensor<'float32'>,
  picture: Size,
  grey: boolean,
  quantizer: VectorQuantizer,
  sessions: NetworkSessions,
  signal?: AbortSignal,
): Promise<RasterImage> {
  const whole = crop(estimate, { top: 0, left: 0, height: picture.height, width: picture.width })
  const factor = Math.min(1, longestSide / Math.max(picture.width, picture.height))
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * factor)))
  const latents = factor < 1 ? resizeTensor(whole, { width: width!, height: height! }, 'box') : whole
  const shape = { batch: latents.shape[0]!, height: height!, width: width! }
  const decoder = await sessions.preview(shape, signal)
  const codes = quantizer.quantize(latents).latents
  const decoded = (await decoder.run({ latents: codes }, { signal })).sample as Tensor<'float32'>
  return tensorToImage(grey ? toGrey(decoded) : decoded)
}
