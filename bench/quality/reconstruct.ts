import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openModel } from '@latentkit/backend-node'
import { openCheckpoint } from '@latentkit/checkpoints'
import {
  type Backend,
  imageToTensor,
  type ModelFiles,
  type RasterImage,
  readJson,
  type Tensor,
  tensorToImage,
} from '@latentkit/core'
import {
  buildVQDecoder,
  buildVQEncoder,
  createGraphSession,
  parseVQConfig,
  prepareWeights,
  readQuantizer,
} from '@latentkit/models-ldm'
import { sharedPath } from '../shared-folder.ts'

/** The model as it came from training, with the encoder that the shipped file leaves out. */
const withEncoder = join(sharedPath, 'models/ldm-sr-tiny')

/** Encodes originals and decodes them again: the best that a perfect denoiser could reach. */
export interface Reconstruction {
  reconstruct(original: RasterImage): Promise<RasterImage>
}

/**
 * The encoder comes from the model, or from its first version where the model has none (later ones share its latents).
 * @returns undefined, and says so, where there is no encoder at hand.
 */
export async function createReconstruction(backend: Backend, model: ModelFiles): Promise<Reconstruction | undefined> {
  const open = async (files: ModelFiles) => {
    const checkpoint = await openCheckpoint(files, 'vqvae')
    const config = parseVQConfig(await readJson(files, 'vqvae/config.json'), 'vqvae/config.json')
    return { config, weights: await prepareWeights(checkpoint) }
  }
  const own = await open(model)
  const hasEncoder = own.weights.index.tensors.has('encoder.conv_in.weight')
  if (!hasEncoder && !existsSync(withEncoder)) {
    console.error('Not measured: the reconstruction; the model has no encoder and ../shared/models is not there.')
    return undefined
  }
  const quantizer = await readQuantizer(own.config, own.weights)
  const encoding = hasEncoder ? own : await open(await openModel(withEncoder))
  return {
    async reconstruct(original) {
      const { width, height } = original
      const picture = { batch: 1, width, height }
      const latentShape = { batch: 1, width: width / 4, height: height / 4 }
      const encoder = await createGraphSession(
        backend,
        buildVQEncoder(encoding.config, encoding.weights, picture),
        encoding.weights,
      )
      const decoder = await createGraphSession(
        backend,
        buildVQDecoder(own.config, own.weights, latentShape),
        own.weights,
      )
      const { latents } = await encoder.run({ sample: imageToTensor(original) })
      const codes = quantizer.quantize(latents as Tensor<'float32'>)
      const { sample } = await decoder.run({ latents: codes.latents })
      await Promise.all([encoder.dispose(), decoder.dispose()])
      return tensorToImage(sample as Tensor<'float32'>)
    },
  }
}
