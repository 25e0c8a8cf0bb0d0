import { createWebBackend, encodeImage, openModel, readImage } from '@latentkit/backend-web'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline, type UpscaleOptions } from '@latentkit/models-ldm'

const backend = createWebBackend()
const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })

export async function enlarge(file: Blob, options: UpscaleOptions = {}): Promise<Blob> {
  const { images } = await pipeline.upscale(await readImage(file), options)
  return encodeImage(images[0]!)
}
