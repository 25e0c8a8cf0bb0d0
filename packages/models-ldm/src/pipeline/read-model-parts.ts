import { chooseVariants, openCheckpoint } from '@latentkit/checkpoints'
import { type ModelFiles, ModelFilesError, readJson } from '@latentkit/core'
import { schedulerClasses } from '@latentkit/schedulers'
import { type ConfigJson, createConfigReader } from '../config-reader.ts'
import type { ModelParts, SourcedConfig } from '../model-parts.ts'
import { readOriginal } from '../original/read-original.ts'

/** Which weights are read. */
export interface LoadOptions {
  /** Weight files to take, such as `fp16` for `….fp16.safetensors`. Default: the variant that the model was opened with. */
  readonly variant?: string | undefined
}

/**
 * Reads a `LDMSuperResolutionPipeline` in diffusers layout, or where there is no `model_index.json` but one weight file,
 * an original checkpoint.
 * @throws ModelFilesError if there are several of these, or one network of a model; what reading and opening throw.
 */
export async function readModelParts(files: ModelFiles, options: LoadOptions): Promise<ModelParts> {
  const paths = await files.list()
  // A single file is taken as one whatever it is called.
  const isWeights = (path: string) => paths.length === 1 || /^[^/]+\.(ckpt|pt|pth|bin|safetensors)$/.test(path)
  const [weights, ...others] = paths.filter(isWeights)
  const isLaidOut = paths.includes('model_index.json')
  const isOriginal = weights !== undefined && others.length === 0 && !isLaidOut
  if (!isLaidOut && paths.includes('config.json')) await refuseNetwork(files)
  if (!isLaidOut && others.length > 0) {
    const problem = `holds several weight files, and no model_index.json: ${[weights, ...others].join(', ')}`
    throw new ModelFilesError({
      path: files.name,
      problem,
      hint: 'Name one original checkpoint, or the folder that holds model_index.json.',
    })
  }
  return isOriginal ? readOriginal(files, weights) : readDiffusersLayout(files, options)
}

/** A network by itself has its configuration at the top of its folder. */
async function refuseNetwork(files: ModelFiles): Promise<void> {
  const { _class_name } = await readJson(files, 'config.json')
  if (typeof _class_name !== 'string') return
  const problem = `is one network, "${_class_name.slice(0, 40)}", not a whole model`
  throw new ModelFilesError({ path: files.name, problem, hint: 'Name the folder that holds model_index.json.' })
}

async function readDiffusersLayout(files: ModelFiles, options: LoadOptions): Promise<ModelParts> {
  const index = await readJson(files, 'model_index.json')
  checkIndex(index)
  const variantOf = await chooseVariants(files, ['unet', 'vqvae'], options.variant ?? files.variant)
  const read = async (source: string): Promise<SourcedConfig> => ({ source, config: await readJson(files, source) })
  return {
    unet: {
      ...(await read('unet/config.json')),
      checkpoint: await openCheckpoint(files, 'unet', { variant: variantOf('unet') }),
    },
    vqvae: {
      ...(await read('vqvae/config.json')),
      checkpoint: await openCheckpoint(files, 'vqvae', { variant: variantOf('vqvae') }),
    },
    scheduler: asIndexSays(index.scheduler, await read('scheduler/scheduler_config.json')),
  }
}

/** As in diffusers, the class that `model_index.json` names counts, which people change to have another scheduler. */
function asIndexSays(entry: unknown, { source, config }: SourcedConfig): SourcedConfig {
  const name: unknown = Array.isArray(entry) ? entry[1] : undefined
  return { source, config: typeof name === 'string' ? { ...config, _class_name: name } : config }
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
  const name: unknown = Array.isArray(index.scheduler) ? index.scheduler[1] : undefined
  if (typeof name === 'string' && !Object.hasOwn(schedulerClasses, name))
    throw reader.refuse('scheduler', `a library and one of ${Object.keys(schedulerClasses).join(', ')}`)
}
