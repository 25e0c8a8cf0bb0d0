import {
  isReadableDType,
  originOf,
  packSafetensors,
  readSafetensors,
  readTensor,
  type TensorEntry,
  type TensorIndex,
  withCurrentNames,
} from '@latentkit/checkpoints'
import {
  CheckpointError,
  type DType,
  InvalidArgumentError,
  type ModelFiles,
  type RandomAccessFile,
  type Tensor,
} from '@latentkit/core'

/** The weights of a checkpoint, ready to be named by a graph. */
export interface WeightSource {
  readonly index: TensorIndex
  /** Tensors that do not lie in a file as they are; their values were copied into memory. */
  readonly copies: ReadonlyMap<string, Tensor>
  /** The files that all other tensors lie in, by name. */
  readonly files: Readonly<Record<string, RandomAccessFile>>
}

/** Bytes of copies from which on they are kept on disk; fewer are made faster than looked up. */
const worthKeeping = 8 * 2 ** 20
/** Changes when what is written for the same tensors does. */
const version = 'latentkit weights 1'

/**
 * Gives old tensors their current names, and copies what cannot be used in place; most checkpoints have nothing to copy.
 * Much is copied once, into a file that `model` keeps and that is used in place from then on; little, or where nothing can
 * be kept, into memory.
 * @param model What the checkpoint belongs to.
 * @throws CheckpointError if weights lie in two files of the same name, or cannot be read; InvalidArgumentError for what is no
 *   checkpoint.
 */
export async function prepareWeights(
  checkpoint: TensorIndex,
  model?: Pick<ModelFiles, 'derive'>,
): Promise<WeightSource> {
  if (!(checkpoint?.tensors instanceof Map)) {
    const expected = 'a checkpoint, such as openCheckpoint of @latentkit/checkpoints gives'
    throw new InvalidArgumentError({ argument: 'checkpoint', value: checkpoint, expected })
  }
  const named = withCurrentNames(checkpoint)
  const index = model?.derive ? await withKeptCopies(named, (file) => model.derive!(file)) : named
  const copies = new Map<string, Tensor>()
  const files: Record<string, RandomAccessFile> = {}
  for (const entry of index.tensors.values()) {
    if (entry.inPlace) addFile(files, entry.file)
    else if (isReadableDType(entry.dtype)) copies.set(entry.name, await readTensor(entry as TensorEntry<DType>))
  }
  return { index, copies, files }
}

/** @throws InvalidArgumentError for what `prepareWeights` did not make. */
export function assertWeights(weights: WeightSource): void {
  if (weights?.index && weights.copies && weights.files) return
  const expected = 'weights, such as prepareWeights gives'
  throw new InvalidArgumentError({ argument: 'weights', value: weights, expected })
}

/** Graphs find a weight's file by its name. */
function addFile(files: Record<string, RandomAccessFile>, file: RandomAccessFile): void {
  files[file.name] ??= file
  if (files[file.name] === file) return
  throw new CheckpointError({
    file: file.name,
    problem: 'is the name of two files with weights of one network',
    hint: 'Give the entries of one of them a file of another name: { ...entry, file: renamed }.',
  })
}

/** The index with all tensors that are not in place in a file of their own, if that is worth it and possible. */
async function withKeptCopies(index: TensorIndex, derive: NonNullable<ModelFiles['derive']>): Promise<TensorIndex> {
  const entries = [...index.tensors.values()].filter((entry) => !entry.inPlace && isReadableDType(entry.dtype))
  const packed = packSafetensors(entries)
  if (packed.size < worthKeeping) return index
  const { files, recipe } = originOf(entries)
  const file = await derive({ ...packed, sources: files, recipe: `${version} ${recipe}` })
  if (file === undefined) return index
  const { tensors } = await readSafetensors(file)
  return { ...index, tensors: new Map([...index.tensors, ...tensors]) }
}
