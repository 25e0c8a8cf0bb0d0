import {
  fromCompVis,
  isCompVis,
  readCheckpoint,
  readTensor,
  type TensorEntry,
  type TensorIndex,
} from '@latentkit/checkpoints'
import { CheckpointError, type DType, type ModelFiles, ModelFilesError, widenToFloat32 } from '@latentkit/core'
import type { ModelParts } from '../model-parts.ts'
import { originalSchedulerConfig } from './original-scheduler-config.ts'
import { originalHeadDim, originalUNetConfig } from './original-unet-config.ts'
import { originalVQConfig } from './original-vq-config.ts'

/**
 * Reads a checkpoint as CompVis' latent-diffusion writes it: all networks in one file, under names of their own, without a
 * configuration. What its networks are is told from the tensors' shapes; a `.yaml` beside it is not read. The averaged
 * weights of the UNet are taken where there are some.
 * @param path The file within the model.
 * @throws CheckpointError if it is broken, of another kind or trained on scaled latents; ModelFilesError if it holds something else.
 */
export async function readOriginal(files: ModelFiles, path: string): Promise<ModelParts> {
  const checkpoint = await readCheckpoint(await files.open(path))
  if (!isCompVis(checkpoint)) {
    throw new ModelFilesError({
      path: files.name,
      problem: 'holds weights, but not under the names of CompVis’ latent-diffusion, and no model_index.json',
      hint: 'Give a folder in diffusers layout, or an original .ckpt with UNet and autoencoder.',
    })
  }
  await assertUnscaled(checkpoint)
  const unet = fromCompVis(checkpoint, { part: 'unet', attentionHeadDim: originalHeadDim })
  const vqvae = fromCompVis(checkpoint, { part: 'vqvae' })
  return {
    unet: { source: `${path} (UNet)`, config: originalUNetConfig(unet), checkpoint: unet },
    vqvae: { source: `${path} (autoencoder)`, config: originalVQConfig(vqvae), checkpoint: vqvae },
    scheduler: { source: `${path} (schedule)`, config: await originalSchedulerConfig(checkpoint) },
  }
}

/** The original divides its latents by this number before it decodes them; the pipeline of diffusers knows none. */
async function assertUnscaled(checkpoint: TensorIndex): Promise<void> {
  const entry = checkpoint.tensors.get('scale_factor')
  if (entry === undefined || !entry.dtype.includes('float')) return
  const factor = Number(widenToFloat32(await readTensor(entry as TensorEntry<DType>)).data[0])
  if (factor === 1) return
  const problem = `is ${factor}; expected 1: models that were trained on scaled latents are not run here`
  throw new CheckpointError({ file: checkpoint.name, tensor: 'scale_factor', problem })
}
