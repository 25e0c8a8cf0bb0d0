import {
  isReadableDType,
  readTensor,
  type TensorEntry,
  type TensorIndex,
  withCurrentNames,
} from '@latentkit/checkpoints'
import type { DType, RandomAccessFile, Tensor } from '@latentkit/core'

/** The weights of a checkpoint, ready to be named by a graph. */
export interface WeightSource {
  readonly index: TensorIndex
  /** Tensors that do not lie in their file as they are; their values were copied into memory. */
  readonly copies: ReadonlyMap<string, Tensor>
  /** The files that all other tensors lie in, by name. */
  readonly files: Readonly<Record<string, RandomAccessFile>>
}

/** Gives old tensors their current names and copies what cannot be used in place; most checkpoints have nothing to copy. */
export async function prepareWeights(checkpoint: TensorIndex): Promise<WeightSource> {
  const index = withCurrentNames(checkpoint)
  const copies = new Map<string, Tensor>()
  const files: Record<string, RandomAccessFile> = {}
  for (const entry of index.tensors.values()) {
    if (entry.inPlace) files[entry.file.name] = entry.file
    else if (isReadableDType(entry.dtype)) copies.set(entry.name, await readTensor(entry as TensorEntry<DType>))
  }
  return { index, copies, files }
}
