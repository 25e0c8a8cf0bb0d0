import { openCheckpoint } from '@latentkit/checkpoints'
import { type ModelFiles, readJson } from '@latentkit/core'
import { type ConfigJson, createConfigReader } from '../config-reader.ts'
import type { ModelParts, SourcedConfig } from '../model-parts.ts'
import { readOriginal } from '../original/read-original.ts'

export interface LoadOptions {
  /** Weight files to take, such as `fp16` for `….fp16.safetensors`. Default: the variant that the model was opened with. */
  readonly variant?: string | undefined
}

/**
 * Reads a `LDMSuperResolutionPipeline` in diffusers layout, or where there is no `model_index.json` but one weight file,
 * an original checkpoint.
 */
export async function readModelParts(files: ModelFiles, options: LoadOptions): Promise<ModelParts> {
  const paths = await files.list()
  // A single file is taken as one whatever it is called.
  const isWeights = (path: string) => paths.length === 1 || /^[^/]+\.(ckpt|pt|pth|bin|safetensors)$/.test(path)
  const [weights, ...others] = paths.filter(isWeights)
  const isOriginal = weights !== undefined && others.length === 0 && !paths.includes('model_index.json')
  return isOriginal ? readOriginal(files, weights) : readDiffusersLayout(files, options)
}

async function readDiffusersLayout(files: ModelFiles, options: LoadOptions): Promise<ModelParts> {
  checkIndex(await readJson(files, 'model_index.json'))
  const read = async (source: string): Promise<SourcedConfig> => ({ source, config: await readJson(files, source) })
  return {
    unet: { ...(await read('unet/config.json')), checkpoint: await openCheckpoint(files, 'unet', options) },
    vqvae: { ...(await read('vqvae/config.json')), checkpoint: await openCheckpoint(files, 'vqvae', options) },
    scheduler: await read('scheduler/scheduler_config.json'),
  }
}

function checkIndex(index: ConfigJson): void {
  const source = 'model_index.json'
  const reader = createConfigReader(source, index)
  reader.choice('_class_name', ['LDMSuperResolutionPipeline'], 'LDMSuperResolutionPipeline')
  for (const [key, wanted] of [
    ['unet', 'UNet2DModel'],
    ['vqvae', 'VQModel'],
  ] as const) {
    const value = index[key]
    if (!Array.isArray(value) || value[1] !== wanted) throw reader.refuse(key, `[a library, "${wanted}"]`)
  }
  if (!('scheduler' in index)) throw reader.refuse('scheduler', '[a library, a scheduler’s class]')
}
