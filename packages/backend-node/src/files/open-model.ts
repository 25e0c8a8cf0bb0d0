import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assertOptions, LatentkitError, type ModelFiles, ModelFilesError } from '@latentkit/core'
import { type FetchedModel, type FetchModelOptions, fetchModel, isModelName } from '@latentkit/hub'
import { createDiskStore } from '../store/create-disk-store.ts'
import { createDerivedFiles, removeOrphans } from '../store/derived-files.ts'
import { ifThere, reading } from '../store/disk-problem.ts'
import { cacheHome, readHubEnvironment } from '../store/hub-environment.ts'
import { createEnvironmentFetch } from './environment-fetch.ts'
import { openFolder, openSingleFile, openUrls } from './local-models.ts'
import { readSource } from './read-source.ts'

/** What is meant as a file is never looked for on the hub. */
const weightFile = /\.(ckpt|pt|pth|bin|safetensors|pdparams)$/

/** How `openModel` fetches a model that is named by its repository. */
export interface OpenModelOptions extends Omit<FetchModelOptions, 'store'> {
  /** Folder that downloads are kept in, in the layout of huggingface_hub. Default: `HF_HUB_CACHE`, as Python has it. */
  readonly cacheDir?: string | undefined
}

const optionNames: Record<keyof OpenModelOptions, true> = {
  revision: true,
  variant: true,
  components: true,
  token: true,
  endpoint: true,
  cacheDir: true,
  offline: true,
  signal: true,
  onProgress: true,
  fetch: true,
  connections: true,
  rangeSize: true,
  idleTimeout: true,
  retry: true,
}

/**
 * Opens a model: a folder in diffusers layout (the one that holds `model_index.json`); a repository of the Hugging Face hub
 * such as `CompVis/ldm-super-resolution-4x-openimages`, or of PaddleNLP's mirror with `paddle:` before it, or the address of
 * a folder in diffusers layout (`https://…`), each fetched once; an original checkpoint, one file such as `model.ckpt`; or the
 * file URLs of a model that is shipped as an npm package, such as `modelFiles` of `@latentkit/ldm-sr-tiny`.
 *
 * A path may be a file URL. A folder or file that exists wins over a repository of the same name. `HF_ENDPOINT`, `HF_TOKEN`,
 * `HF_HOME`, `HF_HUB_CACHE` and `HF_HUB_OFFLINE` stand for the options that are not given. A `variant` is kept for whoever reads
 * the weights, of a local folder, too.
 *
 * Weights that the runtime cannot use where they lie (pickles that hold them as text, deflated archives) are copied once, into
 * `latentkit/weights` in the user's cache folder (`XDG_CACHE_HOME`, or `~/.cache`).
 * @throws ModelFilesError if there is no such folder or file, or it cannot be read; InvalidArgumentError for what is none of these,
 * and for unknown options; what `fetchModel` of `@latentkit/hub` throws.
 */
export async function openModel(
  source: string | URL | Readonly<Record<string, URL>>,
  options: OpenModelOptions = {},
): Promise<ModelFiles> {
  assertOptions(options, optionNames)
  const derive = createDerivedFiles(copiesFolder())
  const { variant } = options
  return { ...(await openFiles(readSource(source), options)), ...(variant !== undefined && { variant }), derive }
}

/** Removes the copies of weights that `openModel` made of models that are gone. What the disk refuses stays. */
export async function removeUnusedCopies(): Promise<void> {
  await removeOrphans(copiesFolder()).catch(() => undefined)
}

function copiesFolder(): string {
  return join(cacheHome(), 'latentkit', 'weights')
}

async function openFiles(
  source: string | Readonly<Record<string, URL>>,
  options: OpenModelOptions,
): Promise<ModelFiles> {
  if (typeof source !== 'string') return openUrls(source)
  const status = await reading(source, () => ifThere(stat(source)))
  if (status) return status.isDirectory() ? openFolder(source) : openSingleFile(source)
  if (source.includes('://') || (isModelName(source) && !weightFile.test(source))) {
    return fetchNamedModel(source, options).catch((error) => {
      // The same error, so that its code stays: it may as well be a path with a mistake in it.
      const isUnknown = LatentkitError.isInstance(error, 'access') || LatentkitError.isInstance(error, 'not_found')
      if (isUnknown && !source.includes('://')) error.message += ` Nor is there a folder or file "${source}".`
      throw error
    })
  }
  const hint =
    'Give the path of a folder in diffusers layout (the one that holds model_index.json) or of an original .ckpt, or a repository such as "CompVis/ldm-super-resolution-4x-openimages".'
  throw new ModelFilesError({ path: source, problem: 'no such folder or file', hint })
}

/**
 * Fetches a model by its repository's name and opens it, as `openModel` does where there is no folder of that name.
 * @throws What `fetchModel` of `@latentkit/hub` throws; InvalidArgumentError for unknown options.
 */
export async function fetchNamedModel(name: string, options: OpenModelOptions = {}): Promise<FetchedModel> {
  assertOptions(options, optionNames)
  const { cacheDir, ...fetchOptions } = options
  const environment = await readHubEnvironment()
  // The variable names a mirror of the hub, which has nothing of PaddleNLP.
  const endpoint = name.startsWith('paddle:') ? options.endpoint : (options.endpoint ?? environment.endpoint)
  return fetchModel(name, {
    ...fetchOptions,
    fetch: options.fetch ?? createEnvironmentFetch(),
    endpoint,
    token: options.token ?? environment.token,
    offline: options.offline ?? environment.offline,
    store: createDiskStore(cacheDir ?? environment.cacheDir),
  })
}
