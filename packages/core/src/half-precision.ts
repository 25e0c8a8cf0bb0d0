import { assertTensor } from './assert-tensor.ts'
import { InvalidArgumentError } from './errors/index.ts'
import type { Tensor } from './tensor.ts'
import { tensor } from './tensor.ts'

const scratch = new DataView(new ArrayBuffer(4))

/** IEEE 754 binary16 bits to a number. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A number to IEEE 754 binary16 bits, rounded to float32 first, as torch does, and each time to nearest, ties to even. */
export function numberToFloat16(value: number): number {
  scratch.setFloat32(0, value)
  const bits = scratch.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x47800000) return sign | 0x7c00
  if (magnitude < 0x38800000) {
    // Below the smallest normal half: a multiple of 2^-24, halves to even.
    return sign | roundHalfToEven(Math.abs(Math.fround(value)) * 2 ** 24)
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
  return sign | ((rounded - 0x38000000) >>> 13)
}

/**
 * A float16 tensor of numbers, each rounded to nearest, ties to even.
 * @throws InvalidArgumentError if the values are no list, or not as many as the shape has.
 */
export function float16(shape: readonly number[], values: ArrayLike<number>): Tensor<'float16'> {
  if (typeof values !== 'object' || values === null)
    throw new InvalidArgumentError({ argument: 'values', value: values, expected: 'a list of numbers' })
  return tensor('float16', shape, Uint16Array.from(values, numberToFloat16))
}

/** bfloat16 bits to a number: the upper half of a float32. */
export function bfloat16ToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}

/**
 * The values of a tensor of any type as float32; a float32 tensor is returned as it is.
 * @throws InvalidArgumentError if it is no tensor.
 */
export function widenToFloat32(source: Tensor): Tensor<'float32'> {
  assertTensor(source)
  if (source.dtype === 'float32') return source as Tensor<'float32'>
  const convert =
    { float16: float16ToNumber, bfloat16: bfloat16ToNumber }[source.dtype as 'float16' | 'bfloat16'] ?? Number
  const values = source.data as ArrayLike<number>
  const widened = new Float32Array(values.length)
  for (let i = 0; i < widened.length; i++) widened[i] = convert(values[i]!)
  return tensor('float32', source.shape, widened)
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}
