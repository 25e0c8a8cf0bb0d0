import { assertOptions, InvalidArgumentError, type ModelFiles, ModelFilesError, weightFileNames } from '@latentkit/core'
import { readCheckpoint } from './read-checkpoint.ts'
import { readSharded } from './read-sharded.ts'
import type { TensorIndex } from './tensor-index.ts'

/**
 * Opens the weights of one model in a folder laid out as diffusers or PaddleNLP do, whichever file it has.
 * @param folder Path of the folder within the model, such as `unet`. Default: the top.
 * @param options.variant Takes the files of this variant, such as `fp16` for `diffusion_pytorch_model.fp16.safetensors`, or with null
 *   those without one. Default: the variant that the model was opened with.
 * @throws ModelFilesError that names what was looked for if there is none; CheckpointError if the file is broken;
 *   InvalidArgumentError for what is no folder, and for unknown options.
 */
export async function openCheckpoint(
  files: ModelFiles,
  folder: string = '',
  options: { readonly variant?: string | null | undefined } = {},
): Promise<TensorIndex> {
  assertOptions(options, { variant: true })
  const place = pathWithin(folder)
  const { variant: asked = files.variant } = options
  const variant = asked ?? undefined
  const prefix = place === '' ? '' : `${place}/`
  const listed = new Set(await files.list())
  const wanted = weightFileNames(variant)
  const found = wanted.find((name) => listed.has(prefix + name))
  if (found !== undefined) {
    return found.endsWith('.json')
      ? readSharded(files, prefix + found)
      : readCheckpoint(await files.open(prefix + found))
  }
  const others = [...listed].filter((path) => path.startsWith(prefix) && isWeightFile(path.slice(prefix.length)))
  throw new ModelFilesError({
    path: [files.name.replace(/\/$/, ''), ...(place === '' ? [] : [place])].join('/'),
    problem: `has no weights${variant === undefined ? '' : ` of variant ${variant}`}; looked for ${wanted.join(', ')}`,
    ...(others.length > 0 && {
      hint: `There are ${others.join(', ')}: ${variant === undefined ? 'name a variant' : 'name another variant, or none'}, or read one with readCheckpoint.`,
    }),
  })
}

/** A folder's path as files are listed: `unet` for `./unet/`, nothing for `.`. */
function pathWithin(folder: string): string {
  if (typeof folder !== 'string') {
    const expected = 'the path of a folder within the model'
    throw new InvalidArgumentError({ argument: 'folder', value: folder, expected, hint: 'The variant comes after it.' })
  }
  return folder
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/')
}

/**
 * As diffusers chooses a variant: for a folder without weights of it those without a variant (null) where another folder has
 * some, else what was asked for.
 * @returns What to give `openCheckpoint` for a folder.
 */
export async function chooseVariants(
  files: ModelFiles,
  folders: readonly string[],
  variant: string | undefined,
): Promise<(folder: string) => string | null | undefined> {
  const listed = new Set(await files.list())
  const has = (folder: string) =>
    weightFileNames(variant).some((name) => listed.has(folder ? `${folder}/${name}` : name))
  const isKnown = folders.some(has)
  return (folder) => (variant !== undefined && isKnown && !has(folder) ? null : variant)
}

function isWeightFile(name: string): boolean {
  return !name.includes('/') && /\.(safetensors|bin|pt|pth|ckpt|pdparams)$/.test(name)
}
