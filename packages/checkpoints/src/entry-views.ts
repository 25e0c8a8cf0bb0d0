import { CheckpointError } from '@latentkit/core'
import type { FilePart } from './computed-file.ts'
import { joinedFile } from './joined-file.ts'
import { rowMajorStrides, tensorEntry } from './tensor-entry.ts'
import type { TensorEntry } from './tensor-index.ts'

/** The same tensor under another name. */
export function renamed(entry: TensorEntry, name: string): TensorEntry {
  return Object.freeze({ ...entry, name })
}

/**
 * A matrix with its axes exchanged; nothing is moved until it is read.
 * @throws CheckpointError if it has other than two axes.
 */
export function transposed(entry: TensorEntry): TensorEntry {
  const { shape, strides = rowMajorStrides(shape) } = entry
  if (shape.length !== 2) return refuse(entry, `has shape [${shape.join(', ')}], expected a matrix`)
  return tensorEntry({ ...entry, shape: [shape[1]!, shape[0]!], strides: [strides[1]!, strides[0]!] })
}

/**
 * A 1×1 convolution's weight `[output, input, 1, …]` as the matrix it is.
 * @throws CheckpointError if the further axes have more than one element.
 */
export function asMatrix(entry: TensorEntry): TensorEntry {
  const { shape, strides } = entry
  if (shape.length < 2 || shape.slice(2).some((size) => size !== 1)) {
    return refuse(entry, `has shape [${shape.join(', ')}], expected a matrix or a 1×1 convolution`)
  }
  return tensorEntry({ ...entry, shape: shape.slice(0, 2), strides: strides?.slice(0, 2) })
}

/**
 * Some rows (along the first axis) of a tensor, in the order given: in place if they follow one another, joined when read otherwise.
 * @param ranges First row and row after the last, of each run of rows.
 * @throws CheckpointError if a range leaves the tensor, or the tensor is strided.
 */
export function rowsOf(entry: TensorEntry, ranges: readonly (readonly [begin: number, end: number])[]): TensorEntry {
  const { name, dtype, shape, file, offset, byteLength, strides } = entry
  const [rows = 0, ...rest] = shape
  if (strides || ranges.some(([begin, end]) => begin < 0 || begin > end || end > rows)) {
    return refuse(entry, `has shape [${shape.join(', ')}], not the rows ${JSON.stringify(ranges)} one after another`)
  }
  const rowBytes = rows === 0 ? 0 : byteLength / rows
  const parts = ranges.map(
    ([begin, end]): FilePart => ({ file, offset: offset + begin * rowBytes, byteLength: (end - begin) * rowBytes }),
  )
  const [first, ...others] = parts
  const place = first && others.length === 0 ? first : { file: joinedFile(name, parts), offset: 0 }
  const count = ranges.reduce((sum, [begin, end]) => sum + end - begin, 0)
  return tensorEntry({ name, dtype, shape: [count, ...rest], file: place.file, offset: place.offset })
}

function refuse(entry: TensorEntry, problem: string): never {
  throw new CheckpointError({ file: entry.file.name, tensor: entry.name, problem })
}
