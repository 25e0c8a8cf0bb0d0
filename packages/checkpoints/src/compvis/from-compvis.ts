import { assertOptions, CheckpointError, InvalidArgumentError, sameShape } from '@latentkit/core'
import { asMatrix, renamed, rowsOf } from '../entry-views.ts'
import type { TensorEntry, TensorIndex } from '../tensor-index.ts'
import { autoencoderNames } from './autoencoder-names.ts'
import { unetNames } from './unet-names.ts'

const unetPrefix = 'model.diffusion_model.'
const autoencoderPrefix = 'first_stage_model.'

/** How to read an original checkpoint. */
export interface CompVisOptions {
  /** Which of its networks. */
  readonly part: 'unet' | 'vqvae'
  /**
   * Channels of one head of the UNet's attentions (`attention_head_dim` in diffusers, `num_head_channels` in the original's configuration),
   * or null for a single head. Required for the UNet: its weights do not tell, and another number mixes the rows of q, k and v.
   */
  readonly attentionHeadDim?: number | null | undefined
  /** `ema` (default): the averaged weights where the checkpoint has them. `trained`: those of the last training step. */
  readonly weights?: 'ema' | 'trained' | undefined
}

const optionNames: Readonly<Record<keyof CompVisOptions, true>> = { part: true, attentionHeadDim: true, weights: true }

/** True if an index holds a network under the names of CompVis' latent-diffusion. */
export function isCompVis(index: TensorIndex): boolean {
  return [...index.tensors.keys()].some((name) => name.startsWith(unetPrefix) || name.startsWith(autoencoderPrefix))
}

/**
 * One network of an original latent-diffusion checkpoint, under the names that diffusers gives its tensors. Tensors stay where they are;
 * only the rows of a fused qkv projection, which lie interleaved by heads, are joined when read.
 * @throws CheckpointError if the network is not in it, or has layers that no such network of diffusers has;
 *   InvalidArgumentError for unknown options and values.
 */
export function fromCompVis(index: TensorIndex, options: CompVisOptions): TensorIndex {
  checkOptions(options)
  const isUnet = options.part === 'unet'
  const prefix = isUnet ? unetPrefix : autoencoderPrefix
  const keys = [...index.tensors.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
    // Networks of the autoencoder's loss, and its averaged copy, which the original does not run either.
    .filter((key) => !/^(loss|model_ema)\./.test(key))
  if (keys.length === 0) {
    throw new CheckpointError({
      file: index.name,
      problem: `has no ${options.part}: no tensor begins with "${prefix}"`,
    })
  }
  const names = isUnet ? unetNames(keys) : autoencoderNames(keys)
  const entries = keys.flatMap((key) => {
    const name = names.get(key)
    if (name === undefined) {
      const isConditioned = /\.(transformer_blocks|proj_in)\./.test(key)
      const problem = isConditioned
        ? 'belongs to a UNet that is conditioned by text (UNet2DConditionModel), which is not read here'
        : `belongs to no layer that the ${options.part} of diffusers has`
      throw new CheckpointError({ file: index.name, tensor: prefix + key, problem })
    }
    return converted(chosenWeights(index, prefix + key, options), name, options.attentionHeadDim)
  })
  return Object.freeze({ ...index, tensors: new Map(entries.map((entry) => [entry.name, entry])) })
}

function checkOptions(options: CompVisOptions | undefined): void {
  assertOptions(options, optionNames)
  const { part, attentionHeadDim, weights = 'ema' }: Partial<CompVisOptions> = options ?? {}
  if (part !== 'unet' && part !== 'vqvae')
    throw new InvalidArgumentError({ argument: 'part', value: part, expected: 'unet or vqvae' })
  if (weights !== 'ema' && weights !== 'trained')
    throw new InvalidArgumentError({ argument: 'weights', value: weights, expected: 'ema or trained' })
  if (attentionHeadDim === null || (attentionHeadDim === undefined && part === 'vqvae')) return
  if (Number.isInteger(attentionHeadDim) && attentionHeadDim! >= 1) return
  throw new InvalidArgumentError({
    argument: 'attentionHeadDim',
    value: attentionHeadDim,
    expected: 'a whole number from 1, or null for a single head',
    hint: 'The weights do not tell; it is 32 in the models that CompVis published.',
  })
}

/** The averaged copy of a tensor lies under its name after `model.`, without dots. */
function chosenWeights(index: TensorIndex, key: string, { weights = 'ema' }: CompVisOptions): TensorEntry {
  const trained = index.tensors.get(key)!
  if (weights === 'trained' || !key.startsWith('model.') || !hasAverages(index)) return trained
  const copy = `model_ema.${key.slice('model.'.length).replaceAll('.', '')}`
  const averaged = index.tensors.get(copy)
  if (averaged && sameShape(averaged.shape, trained.shape)) return averaged
  throw new CheckpointError({
    file: index.name,
    tensor: copy,
    problem: `is ${averaged ? 'of another shape than' : 'missing beside'} "${key}"`,
    hint: 'Use the trained weights instead of the averaged ones.',
  })
}

/** The numbers of averaging alone are none, and some leave them out. */
function hasAverages({ tensors }: TensorIndex): boolean {
  return [...tensors.keys()].some((key) => /^model_ema\.(?!(decay|num_updates)$)/.test(key))
}

function converted(entry: TensorEntry, name: string, headDim: number | null | undefined): TensorEntry[] {
  const leaf = name.slice(name.lastIndexOf('.') + 1)
  const shaped = /\.(to_[qkv]|to_out\.0|qkv)\.weight$/.test(name) ? asMatrix(entry) : entry
  if (!name.endsWith(`.qkv.${leaf}`)) return [renamed(shaped, name)]
  const attention = name.slice(0, -`qkv.${leaf}`.length)
  return ['to_q', 'to_k', 'to_v'].map((layer, i) =>
    renamed(rowsOf(shaped, headRows(shaped, i, headDim)), `${attention}${layer}.${leaf}`),
  )
}

/** The rows of q, k or v (`which` 0, 1, 2) in a fused projection: each head has its q, its k and its v one after another. */
function headRows(entry: TensorEntry, which: number, headDim: number | null | undefined): [number, number][] {
  const channels = entry.shape[0]! / 3
  const rows = headDim ?? channels
  if (!Number.isInteger(channels / rows)) {
    const problem = `has ${entry.shape[0]} rows, expected three times a multiple of the attention head dim ${rows}`
    throw new CheckpointError({ file: entry.file.name, tensor: entry.name, problem })
  }
  return Array.from({ length: channels / rows }, (_, head) => {
    const begin = (3 * head + which) * rows
    return [begin, begin + rows]
  })
}
