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

/** The kind of array that holds a type's values. @throws InvalidArgumentError if there is no such type. */
function arrayOf<D extends DType>(dtype: D): (typeof arrays)[D] {
  if (Object.hasOwn(arrays, dtype)) return arrays[dtype]
  const expected = `one of ${Object.keys(arrays).join(', ')}`
  throw new InvalidArgumentError({ argument: 'dtype', value: dtype, expected })
}

/** True for an array of that name, such as `Uint8Array`, of every realm, and for a Node Buffer, too. */
export function isTypedArray(name: string, data: unknown): boolean {
  return (data as { [Symbol.toStringTag]?: string } | null | undefined)?.[Symbol.toStringTag] === name
}

/** @throws InvalidArgumentError unless there is such a type and `data` is the array that holds its values. */
export function assertHolds(dtype: DType, data: unknown): void {
  const { name } = arrayOf(dtype)
  if (isTypedArray(name, data)) return
  throw new InvalidArgumentError({ argument: 'data', value: data, expected: `a ${name}, which holds ${dtype}` })
}

/** Size of one element in bytes. @throws InvalidArgumentError if there is no such type. */
export function bytesPerElement(dtype: DType): number {
  return arrayOf(dtype).BYTES_PER_ELEMENT
}

/**
 * A zero-filled array of `length` elements of `dtype`.
 * @throws InvalidArgumentError if there is no such type, or the length is not a whole number from 0.
 */
export function allocate<D extends DType>(dtype: D, length: number): DataOfDType[D] {
  const Kind = arrayOf(dtype)
  if (!Number.isSafeInteger(length) || length < 0)
    throw new InvalidArgumentError({ argument: 'length', value: length, expected: 'a whole number from 0' })
  return new Kind(length) as DataOfDType[D]
}

/**
 * Little-endian bytes as values; copies only if the bytes are not aligned to the element size. Not by `slice`, which gives a
 * view of a Node Buffer.
 * @throws InvalidArgumentError if there is no such type, or the bytes are not those of whole elements.
 */
export function viewBytes<D extends DType>(dtype: D, bytes: Uint8Array): DataOfDType[D] {
  const size = bytesPerElement(dtype)
  if (!isTypedArray('Uint8Array', bytes) || bytes.byteLength % size !== 0) {
    const whole = size === 1 ? '' : ` whose length is a multiple of ${size}`
    throw new InvalidArgumentError({ argument: 'bytes', value: bytes, expected: `a Uint8Array${whole}` })
  }
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  return new arrays[dtype](
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.byteLength / size,
  ) as DataOfDType[D]
}
