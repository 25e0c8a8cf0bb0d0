import { InvalidArgumentError } from './errors/index.ts'

/** Element types of tensors and weight files, by their field-wide names. */
export type DType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool'

/** What holds a tensor's values. Half-precision types hold their raw 16 bits, see `widenToFloat32`. */
export interface DataOfDType {
  float64: Float64Array
  float32: Float32Array
  float16: Uint16Array
  bfloat16: Uint16Array
  int64: BigInt64Array
  int32: Int32Array
  int16: Int16Array
  int8: Int8Array
  uint64: BigUint64Array
  uint32: Uint32Array
  uint16: Uint16Array
  uint8: Uint8Array
  bool: Uint8Array
}

const arrays = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint64: BigUint64Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>

/** @throws InvalidArgumentError unless there is such a type and `data` is the array that holds its values. */
export function assertHolds(dtype: DType, data: unknown): void {
  if (!Object.hasOwn(arrays, dtype)) {
    const expected = `one of ${Object.keys(arrays).join(', ')}`
    throw new InvalidArgumentError({ argument: 'dtype', value: dtype, expected })
  }
  const { name } = arrays[dtype]
  // The tag is the same in every realm, and of a Node Buffer, too.
  if ((data as { [Symbol.toStringTag]?: string } | undefined)?.[Symbol.toStringTag] === name) return
  throw new InvalidArgumentError({ argument: 'data', value: data, expected: `a ${name}, which holds ${dtype}` })
}

/** Size of one element in bytes. */
export function bytesPerElement(dtype: DType): number {
  return arrays[dtype].BYTES_PER_ELEMENT
}

/** A zero-filled array of `length` elements of `dtype`. */
export function allocate<D extends DType>(dtype: D, length: number): DataOfDType[D] {
  return new arrays[dtype](length) as DataOfDType[D]
}

/**
 * Little-endian bytes as values; copies only if the bytes are not aligned to the element size. Not by `slice`, which gives a
 * view of a Node Buffer.
 */
export function viewBytes<D extends DType>(dtype: D, bytes: Uint8Array): DataOfDType[D] {
  const size = bytesPerElement(dtype)
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  return new arrays[dtype](
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.byteLength / size,
  ) as DataOfDType[D]
}
