import { createNodeBackend, openModel, readImage, writeImage } from '@latentkit/backend-node'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'

const [input, output] = process.argv.slice(2)
const backend = createNodeBackend()
const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
const { images } = await pipeline.upscale(await readImage(input), { seed: 0 })
await writeImage(output, images[0])
