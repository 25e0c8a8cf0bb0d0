import { bytesPerElement, type DType } from '@latentkit/core'

/** Element types that weight files may hold but that nothing here computes with, by torch's names, with their size in bits. */
const unreadable = {
  float4_e2m1fn_x2: 4,
  float6_e2m3fn: 6,
  float6_e3m2fn: 6,
  float8_e4m3fn: 8,
  float8_e4m3fnuz: 8,
  float8_e5m2: 8,
  float8_e5m2fnuz: 8,
  float8_e8m0fnu: 8,
  complex32: 32,
  complex64: 64,
  complex128: 128,
} as const

/** An element type that is listed in an index but cannot be read as a tensor. */
export type UnreadableDType = keyof typeof unreadable

/** Any element type a weight file may hold. */
export type StoredDType = DType | UnreadableDType

/** True if tensors of this element type can be read. */
export function isReadableDType(dtype: StoredDType): dtype is DType {
  return !Object.hasOwn(unreadable, dtype)
}

/** Size of one element in bits: some types are smaller than a byte. */
export function bitsPerElement(dtype: StoredDType): number {
  return isReadableDType(dtype) ? bytesPerElement(dtype) * 8 : unreadable[dtype]
}
