import { describe, expect, test } from 'vitest'
import { LatentkitError } from './errors/index.ts'
import { float16, widenToFloat32 } from './half-precision.ts'
import { rasterImage, withDepth, withoutAlpha } from './image.ts'
import { imageToTensor, tensorToImage } from './image-tensor.ts'
import {
  allocate,
  assertInputs,
  assertSize,
  bytesPerElement,
  createTorchGenerator,
  float32,
  memoryFile,
  memoryFiles,
  receiptOf,
  resizeImage,
  resizeTensor,
  type Tensor,
  targetSize,
  tensor,
  viewBytes,
  withReceipt,
  zeros,
} from './index.ts'

const odd = [undefined, null, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 'x', '', [], {}, [-1], [0.5], () => 1, 1n]

const size = { width: 2, height: 2 }
const picture = rasterImage(2, 2, 3, new Uint8Array(12))
const values = float32([1, 3, 2, 2], new Float32Array(12))
const inputs = [{ name: 'x', dtype: 'float32', shape: [1] }] as const

/** Calls with one argument that is odd, and which of the odd ones it may be, in their order. */
const calls: readonly (readonly [what: string, call: (odd: never) => unknown, accepted?: readonly unknown[]])[] = [
  ['the width of a picture', (width) => rasterImage(width, 2, 3, new Uint8Array(12))],
  ['the channels of a picture', (channels) => rasterImage(2, 2, channels, new Uint8Array(12))],
  ['the samples of a picture', (data) => rasterImage(2, 2, 3, data)],
  ['a picture whose alpha is left out', withoutAlpha],
  ['a picture of another depth', (image) => withDepth(image, 16)],
  ['the other depth', (depth) => withDepth(picture, depth)],
  ['a picture that becomes a tensor', imageToTensor],
  ['a tensor that becomes a picture', (given) => tensorToImage(given)],
  ['how a tensor becomes a picture', (options) => tensorToImage(values, options), [undefined, [], {}]],
  ['the index within a batch', (index) => tensorToImage(values, { index }), [undefined]],
  ['the depth of what a tensor becomes', (depth) => tensorToImage(values, { depth }), [undefined]],
  ['a picture that is resized', (image) => resizeImage(image, { width: 3, height: 3 }, 'box')],
  ['the size that a picture gets', (given) => resizeImage(picture, given, 'box')],
  ['the filter of a picture that keeps its size', (filter) => resizeImage(picture, size, filter)],
  ['a tensor that is resized', (given) => resizeTensor(given, size, 'box')],
  ['the size that a tensor gets', (given) => resizeTensor(values, given, 'box')],
  ['the filter of a tensor that keeps its size', (filter) => resizeTensor(values, size, filter)],
  ['a size', assertSize],
  ['one side', (width) => assertSize({ width, height: 1 })],
  ['the size of a picture that is to get another', (given) => targetSize(given, { scale: 2 })],
  ['the other size', (target) => targetSize(size, target), [undefined, [], {}]],
  ['a scale', (scale) => targetSize(size, { scale }), [undefined, 0.5]],
  ['a wanted width', (width) => targetSize(size, { width }), [undefined]],
  ['the type of a tensor', (dtype) => tensor(dtype, [1], new Float32Array(1) as never)],
  ['the shape of a tensor', (shape) => tensor('float32', shape, new Float32Array(2))],
  ['the values of a tensor', (data) => tensor('float32', [2], data)],
  ['numbers', (data) => float32([2], data)],
  ['numbers that become halves', (data) => float16([2], data)],
  ['a tensor that is widened', widenToFloat32],
  ['the type of zeros', (dtype) => zeros(dtype, [1])],
  ['the shape of zeros', (shape) => zeros('float32', shape), [[]]],
  ['the type of an array', (dtype) => allocate(dtype, 1)],
  ['the length of an array', (length) => allocate('float32', length)],
  ['the type of an element', bytesPerElement],
  ['the type of bytes', (dtype) => viewBytes(dtype, new Uint8Array(8))],
  ['bytes that are seen as values', (bytes) => viewBytes('float32', bytes)],
  ['a seed', createTorchGenerator, [-1, 1n]],
  ['the shape of uniform numbers', (shape) => createTorchGenerator(0).rand(shape), [[]]],
  ['the shape of normal numbers', (shape) => createTorchGenerator(0).randn(shape), [[]]],
  ['the content of a file', (bytes) => memoryFile('a', bytes)],
  ['the packet of a receipt', (xmp) => withReceipt(xmp, {}), [undefined, null, 'x', '']],
  ['a packet that may hold a receipt', (xmp) => receiptOf(xmp), ['x', '']],
  ['what a session is given', (given) => assertInputs(inputs, given, { backend: 'b', model: 'm' })],
  ['an input of a session', (x) => assertInputs(inputs, { x }, { backend: 'b', model: 'm' })],
]

describe('an odd argument is told by an error of ours', () => {
  for (const [what, call, accepted = []] of calls) {
    test(what, () => {
      const taken = odd.filter((value) => {
        try {
          call(value as never)
          return true
        } catch (error) {
          if (!LatentkitError.isInstance(error)) throw error
          return false
        }
      })
      expect(taken).toEqual(accepted)
    })
  }
})

test('by its name, with what was expected', () => {
  const one = { ...size, width: undefined as never }
  expect(() => assertSize(one)).toThrow('width is undefined; expected a whole number of pixels above 0.')
  expect(() => assertSize(undefined as never)).toThrow('size is undefined; expected an object of width and height.')
  expect(() => tensorToImage(values, { index: -1 })).toThrow(
    'index is -1; expected a whole number from 0 to 0, one of the batch.',
  )
  expect(() => tensorToImage(values, { depth: 12 as never })).toThrow('depth is 12; expected 8 or 16')
  expect(() => tensorToImage(float16([1, 3, 1, 1], [0, 0, 0]) as unknown as Tensor<'float32'>)).toThrow(
    'tensor is "float16"; expected float32. Convert it by widenToFloat32.',
  )
  expect(() => resizeImage(picture, picture, 'cubic' as never)).toThrow('filter is "cubic"; expected one of nearest,')
  expect(() => zeros('float32', [-1])).toThrow('shape is [-1]; expected a list of whole sizes.')
  expect(() => viewBytes('float32', new Uint8Array(7))).toThrow(
    'bytes is a Uint8Array of 7 bytes; expected a Uint8Array whose length is a multiple of 4.',
  )
})

test('a receipt that JSON cannot hold is refused', () => {
  expect(() => withReceipt(undefined, undefined)).toThrow('receipt is undefined; expected a value that JSON can hold.')
  for (const receipt of [() => 1, Symbol('s')])
    expect(() => withReceipt(undefined, receipt)).toThrow(/^receipt is .*; expected a value that JSON can hold\.$/)
})

test('files in memory give nothing that is not in them', async () => {
  const file = memoryFile('a', new Uint8Array(3))
  for (const [offset, length] of [
    [Number.NaN, 1],
    [0, 0.5],
    [0.5, 1],
    [0, 4],
    [-1, 1],
    [undefined, 1],
  ])
    await expect(file.read(offset as number, length as number)).rejects.toThrow(/^a: bytes .* asked of 3\.$/)
  await expect(memoryFiles('model', {}).open('constructor')).rejects.toThrow('model/constructor: no such file.')
})

test('a session’s input holds as many values as its shape says', () => {
  const given = (data: Float32Array) => () =>
    assertInputs(inputs, { x: { dtype: 'float32', shape: [1], data } }, { backend: 'b', model: 'm' })
  expect(given(new Float32Array(2))).toThrow('b: m: input "x" holds 2 values; expected 1.')
  expect(given(new Float32Array(0))).toThrow('its memory was given away (transferred) or never filled; expected 1.')
  given(new Float32Array(1))()
})
