import { assertOptions, type ModelFiles, ModelFilesError, type OnProgress } from '@latentkit/core'
import { createProgressMeter, type FetchedModel } from '@latentkit/hub'
import { assertBrowser } from '../assert-browser.ts'
import { pageAddress } from '../page-address.ts'
import { blobFile } from './blob-files.ts'
import { type FetchOptions, fetchBlob } from './fetch-blob.ts'
import { type FetchNamedModelOptions, fetchNamedModel } from './fetch-named-model.ts'

/** Where one file of a model comes from. */
export type FileSource = string | URL | Blob

/** For files by address or from a folder. */
export interface OpenFilesOptions extends FetchOptions {
  /** What to call the model in messages. Default: the folder of its index. */
  readonly name?: string | undefined
  /** Weights to take, such as `fp16`. Default: those without a variant. */
  readonly variant?: string | undefined
  /** Receives `download` events of files by address; `totalBytes` grows with every file that is opened. */
  readonly onProgress?: OnProgress | undefined
}

const optionNames: Readonly<Record<keyof OpenFilesOptions, true>> = {
  name: true,
  variant: true,
  fetch: true,
  signal: true,
  onProgress: true,
}

/** One file that holds all networks, not in a folder. */
const originalCheckpoint = /^[^/]+\.(ckpt|pt|pth|bin|safetensors)$/

/**
 * Opens a model by its repository's name, such as `CompVis/ldm-super-resolution-4x-openimages`, or with `paddle:` before it
 * from PaddleNLP's mirror, or by the address of its folder on any server, which may be seen from the page (`/models/mine`, `./mine`).
 * It is fetched once, checked, and kept in the
 * browser's storage (see `fetchNamedModel`).
 */
export function openModel(name: string | URL, options?: FetchNamedModelOptions): Promise<FetchedModel>
/**
 * Opens a model in diffusers layout: addresses or blobs by path, such as `modelFiles` of `@latentkit/ldm-sr-tiny`, or the
 * files of a folder that the user picked (`<input type="file" webkitdirectory>`); or an original checkpoint, one `.ckpt` file. Files are fetched whole when they are first
 * opened, and once; the browser's own cache decides whether they are downloaded again another time.
 * @throws ModelFilesError if there is no model in it. Opening a file rejects with it if the file cannot be fetched.
 *   InvalidArgumentError for an unknown option; BackendError for addresses outside of a browser.
 */
export function openModel(
  source: Readonly<Record<string, FileSource>> | Iterable<File>,
  options?: OpenFilesOptions,
): Promise<ModelFiles>
export function openModel(
  source: string | URL | Readonly<Record<string, FileSource>> | Iterable<File>,
  options?: Pick<OpenFilesOptions & FetchNamedModelOptions, 'variant' | 'signal' | 'fetch' | 'onProgress'>,
): Promise<ModelFiles>
export async function openModel(
  source: string | URL | Readonly<Record<string, FileSource>> | Iterable<File>,
  options: FetchNamedModelOptions | OpenFilesOptions = {},
): Promise<ModelFiles> {
  if (source instanceof URL || isRelative(source))
    return fetchNamedModel(addressOf(source).href, options as FetchNamedModelOptions)
  if (typeof source === 'string') return fetchNamedModel(source, options as FetchNamedModelOptions)
  return openFiles(source, options as OpenFilesOptions)
}

function isRelative(source: unknown): source is string {
  return typeof source === 'string' && /^\.{0,2}\//.test(source)
}

function openFiles(
  source: Readonly<Record<string, FileSource>> | Iterable<File>,
  options: OpenFilesOptions,
): ModelFiles {
  assertOptions(options, optionNames)
  const picked = Symbol.iterator in source
  const files = picked ? byPath(source as Iterable<File>) : (source as Readonly<Record<string, FileSource>>)
  const index = files['model_index.json']
  const checkpoint = Object.keys(files).find((path) => originalCheckpoint.test(path))
  const name = options.name ?? (index instanceof Blob ? 'model' : index ? folderOf(index) : (checkpoint ?? 'model'))
  if (index === undefined && checkpoint === undefined) {
    const hint =
      'Give a folder in diffusers layout, the one that holds model_index.json, or an original checkpoint, one .ckpt file.'
    throw new ModelFilesError({ path: name, problem: 'holds no model_index.json', hint })
  }
  const { variant, onProgress } = options
  const meter = onProgress && createProgressMeter(onProgress, 0)
  const opened = new Map<string, Promise<Blob>>()

  return {
    name,
    ...(variant !== undefined && { variant }),
    list: async () => Object.keys(files).sort(),
    async open(path) {
      const file = files[path]
      if (file === undefined) throw new ModelFilesError({ path: `${name}/${path}`, problem: 'no such file' })
      if (file instanceof Blob) return blobFile(path, file)
      const blob = opened.get(path) ?? fetchBlob(addressOf(file), path, options, meter)
      opened.set(path, blob)
      // What failed may work when it is asked for again.
      blob.catch(() => opened.delete(path))
      return blobFile(path, await blob)
    },
    async dispose() {
      opened.clear()
    },
  }
}

/** Files of a picked folder, by their paths below the folder that holds `model_index.json`. */
function byPath(files: Iterable<File>): Readonly<Record<string, File>> {
  const all = [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }))
  const index = all.map(({ path }) => path).filter((path) => /(^|\/)model_index\.json$/.test(path))
  const shortest = index.sort((a, b) => a.length - b.length)[0] ?? ''
  const folder = shortest.slice(0, shortest.lastIndexOf('/') + 1)
  const inside = all.filter(({ path }) => path.startsWith(folder))
  return Object.fromEntries(inside.map(({ file, path }) => [path.slice(folder.length), file]))
}

function folderOf(index: string | URL): string {
  const url = addressOf(index)
  return url.protocol === 'data:' ? 'model' : new URL('.', url).href.replace(/\/$/, '')
}

/** As seen from the page. */
function addressOf(file: string | URL): URL {
  assertBrowser()
  return pageAddress(file)
}
