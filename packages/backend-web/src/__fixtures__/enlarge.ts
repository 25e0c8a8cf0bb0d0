import { createWebBackend, encodeImage, openModel, readImage } from '@latentkit/backend-web'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline, type UpscaleOptions } from '@latentkit/models-ldm'

const backend = createWebBackend()
let opened: Promise<LDMSuperResolutionPipeline> | undefined

/** Opens the model when it is first needed; what failed is tried again. */
function openPipeline(): Promise<LDMSuperResolutionPipeline> {
  opened ??= openModel(modelFiles).then((files) => LDMSuperResolutionPipeline.fromPretrained(files, { backend }))
  opened.catch(() => {
    opened = undefined
  })
  return opened
}

export async function enlarge(file: Blob, options: UpscaleOptions = {}): Promise<Blob> {
  const pipeline = await openPipeline()
  const { images } = await pipeline.upscale(await readImage(file), options)
  return encodeImage(images[0]!)
}
