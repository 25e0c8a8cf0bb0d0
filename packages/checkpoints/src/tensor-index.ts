import type { RandomAccessFile } from '@latentkit/core'
import type { StoredDType } from './stored-dtype.ts'

/**
 * One tensor of a weight file: what it is and where it lies. Nothing of its values has been read.
 *
 * Where `inPlace` is true, the bytes `offset` to `offset + byteLength` of `file` are the values themselves, row-major and
 * little-endian, so that an ONNX initializer may point at them. Otherwise only `readTensor` gives the values.
 */
export interface TensorEntry<D extends StoredDType = StoredDType> {
  readonly name: string
  readonly dtype: D
  readonly shape: readonly number[]
  /** The file itself, or one whose bytes are made when read (text that is decoded, a part that is inflated, parts that are joined). */
  readonly file: RandomAccessFile
  /** First byte of the tensor within `file`. */
  readonly offset: number
  /** Bytes of `file` that the tensor spans; with `strides` they may hold other values in between. */
  readonly byteLength: number
  /** Steps in elements along each axis; absent if the values lie row-major without gaps. */
  readonly strides?: readonly number[]
  /** True if the values lie in a real file just as they are, see above. */
  readonly inPlace: boolean
}

/** How a weight file is built. */
export type CheckpointFormat = 'safetensors' | 'torch-zip' | 'torch-legacy' | 'paddle'

/**
 * Order of the two axes of the weights of Linear layers: torch has `[output, input]`, Paddle `[input, output]`.
 * Square weights look the same in both, so the container decides, never the shape. Convolutions and embeddings are not affected.
 */
export type LinearLayout = 'output-input' | 'input-output'

/** What is in a weight file (or in all the shards of one), by the names in the file and in its order. */
export interface TensorIndex {
  /** The file it was read from, for messages. */
  readonly name: string
  readonly format: CheckpointFormat
  readonly linearLayout: LinearLayout
  /** Text that the file holds beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, TensorEntry>
}
