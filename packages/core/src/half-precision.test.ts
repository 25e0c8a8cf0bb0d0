import { expect, test } from 'vitest'
import { bfloat16ToNumber, float16, float16ToNumber, numberToFloat16, widenToFloat32 } from './half-precision.ts'
import { tensor } from './tensor.ts'

test('known float16 values', () => {
  const known = [
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x3555, 0.333251953125],
    [0x7c00, Number.POSITIVE_INFINITY],
  ] as const
  for (const [bits, value] of known) {
    expect(float16ToNumber(bits)).toBe(value)
    expect(numberToFloat16(value)).toBe(bits)
  }
})

test('every float16 survives the way to a number and back', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = float16ToNumber(bits)
    if (Number.isNaN(value)) expect(float16ToNumber(numberToFloat16(value))).toBeNaN()
    else if (numberToFloat16(value) !== bits) expect.fail(`${bits.toString(16)} came back as ${numberToFloat16(value)}`)
  }
})

test('numbers between two float16 go to the nearest, halves to the even one, large ones to infinity', () => {
  expect(numberToFloat16(1 + 2 ** -11)).toBe(0x3c00)
  expect(numberToFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02)
  expect(numberToFloat16(2 ** -25)).toBe(0)
  expect(numberToFloat16(1.5 * 2 ** -24)).toBe(2)
  expect(numberToFloat16(65519)).toBe(0x7bff)
  expect(numberToFloat16(65520)).toBe(0x7c00)
  // Below the normal ones: a third and three quarters of a step.
  expect([1 / 3, 2 / 3, 0.75, 1.25].map((steps) => numberToFloat16(steps * 2 ** -24))).toEqual([0, 1, 1, 1])
})

test('bfloat16 is the upper half of a float32', () => {
  expect(bfloat16ToNumber(0x3f80)).toBe(1)
  expect(bfloat16ToNumber(0xc049)).toBe(-3.140625)
})

test('tensors are widened whatever their precision', () => {
  expect([...widenToFloat32(tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000))).data]).toEqual([1, -2])
  const whole = tensor('float32', [1], Float32Array.of(0.1))
  expect(widenToFloat32(whole)).toBe(whole)
  expect([...widenToFloat32(tensor('int64', [2], BigInt64Array.of(3n, -4n))).data]).toEqual([3, -4])
})

test('a float16 tensor of numbers', () => {
  const halves = float16([3], [1, -0.1, 65504])
  expect(halves).toMatchObject({ dtype: 'float16', shape: [3] })
  expect([...widenToFloat32(halves).data]).toEqual([1, -0.0999755859375, 65504])
})
