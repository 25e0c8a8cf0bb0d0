import type { RandomAccessFile } from '@latentkit/core'
import { isComputed } from './computed-file.ts'
import type { TensorEntry } from './tensor-index.ts'

/** Where the values of tensors come from. */
export interface TensorOrigin {
  /** The real files, each once. */
  readonly files: readonly RandomAccessFile[]
  /** Which bytes of them make which tensor, and how. Two texts are the same only if the values are, as long as the files are. */
  readonly recipe: string
}

/** Where the values of some tensors come from, through everything that is computed. */
export function originOf(entries: Iterable<TensorEntry>): TensorOrigin {
  const files: RandomAccessFile[] = []
  const describe = (file: RandomAccessFile): unknown => {
    if (isComputed(file)) {
      const { how, parts } = file.origin
      return [how, file.size, parts.map((part) => [describe(part.file), part.offset, part.byteLength])]
    }
    if (!files.includes(file)) files.push(file)
    return files.indexOf(file)
  }
  const tensors = [...entries].map(({ name, dtype, shape, strides, file, offset }) => [
    name,
    dtype,
    shape,
    strides ?? null,
    describe(file),
    offset,
  ])
  return { files, recipe: JSON.stringify(tensors) }
}
