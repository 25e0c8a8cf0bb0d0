import { CheckpointError, elementCount, type RandomAccessFile } from '@latentkit/core'
import type { PickleArray } from '../pickle/values.ts'
import { bitsPerElement, type StoredDType } from '../stored-dtype.ts'
import { rowMajorStrides, tensorEntry } from '../tensor-entry.ts'
import type { TensorEntry } from '../tensor-index.ts'
import { latin1File } from './latin1-file.ts'

/** Element types by numpy's codes. Paddle keeps bfloat16 as the bits in uint16, having no tensors of that type. */
const elementTypes: ReadonlyMap<string, StoredDType> = new Map<string, StoredDType>([
  ['f8', 'float64'],
  ['f4', 'float32'],
  ['f2', 'float16'],
  ['u2', 'bfloat16'],
  ['i8', 'int64'],
  ['i4', 'int32'],
  ['i2', 'int16'],
  ['i1', 'int8'],
  ['u8', 'uint64'],
  ['u4', 'uint32'],
  ['u1', 'uint8'],
  ['b1', 'bool'],
  ['c8', 'complex64'],
  ['c16', 'complex128'],
])

/**
 * The entry of a numpy array in a pickle: in place if the pickle holds its bytes, decoded when read if it holds them as text.
 * @throws CheckpointError if the array has no state, an element type unknown here, or other than the bytes that its shape needs.
 */
export function arrayEntry(name: string, { state }: PickleArray, file: RandomAccessFile): TensorEntry {
  const refuse = (problem: string): never => {
    throw new CheckpointError({ file: file.name, tensor: name, problem })
  }
  if (state === undefined) return refuse('is an array without shape and data')
  const { shape, type, data, fortranOrder } = state
  const dtype = elementTypes.get(type.code) ?? refuse(`has elements of numpy type "${type.code}"`)
  if (type.bigEndian) refuse('is big-endian')
  const byteLength = (elementCount(shape) * bitsPerElement(dtype)) / 8
  const strides = fortranOrder ? rowMajorStrides([...shape].reverse()).reverse() : undefined

  if (data.kind === 'bytes') {
    if (data.length !== byteLength)
      refuse(`has ${data.length} bytes, its shape [${shape.join(', ')}] needs ${byteLength}`)
    return tensorEntry({ name, dtype, shape, strides, file, offset: data.offset })
  }
  const { length } = data.text
  // A text still in the file is UTF-8, which takes one or two bytes for each.
  const fits = typeof data.text === 'string' ? length === byteLength : length >= byteLength && length <= 2 * byteLength
  if (!fits) refuse(`has a text of length ${length}, its shape [${shape.join(', ')}] needs ${byteLength} bytes`)
  return tensorEntry({ name, dtype, shape, strides, file: latin1File(name, data, byteLength, file), offset: 0 })
}
