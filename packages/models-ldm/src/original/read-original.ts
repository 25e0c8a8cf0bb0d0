import { fromCompVis, isCompVis, readCheckpoint } from '@latentkit/checkpoints'
import { type ModelFiles, ModelFilesError } from '@latentkit/core'
import type { ModelParts } from '../model-parts.ts'
import { originalSchedulerConfig } from './original-scheduler-config.ts'
import { originalHeadDim, originalUNetConfig } from './original-unet-config.ts'
import { originalVQConfig } from './original-vq-config.ts'

/**
 * Reads a checkpoint as CompVis' latent-diffusion writes it: all networks in one file, under names of their own, without a
 * configuration. What its networks are is told from the tensors' shapes; a `.yaml` beside it is not read. The averaged
 * weights of the UNet are taken where there are some.
 * @param path The file within the model.
 * @throws CheckpointError if it is broken or of another kind; ModelFilesError if it holds something else.
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
  const unet = fromCompVis(checkpoint, { part: 'unet', attentionHeadDim: originalHeadDim })
  const vqvae = fromCompVis(checkpoint, { part: 'vqvae' })
  return {
    unet: { source: `${path} (UNet)`, config: originalUNetConfig(unet), checkpoint: unet },
    vqvae: { source: `${path} (autoencoder)`, config: originalVQConfig(vqvae), checkpoint: vqvae },
    scheduler: { source: `${path} (schedule)`, config: await originalSchedulerConfig(checkpoint) },
  }
}
