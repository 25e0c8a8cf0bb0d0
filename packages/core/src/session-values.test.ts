import { expect, test } from 'vitest'
import {
  assertInputs,
  buffersOf,
  inputMessages,
  type RuntimeTensor,
  tensorMessages,
  tensorsOf,
  valueInfo,
} from './session-values.ts'
import { float32, tensor } from './tensor.ts'

const inputs = [
  { name: 'sample', dtype: 'float32', shape: [-1, 3, 2] },
  { name: 'timestep', dtype: 'float32', shape: [1] },
] as const
const sample = float32([1, 3, 2], new Float32Array(6))
const timestep = float32([1], [999])

test('inputs of a session are told by name where they do not fit', () => {
  const given = (values: object) => () =>
    assertInputs(inputs, { sample, timestep, ...values } as never, { backend: 'node', model: 'unet' })
  given({})()
  given({ sample: float32([5, 3, 2], new Float32Array(30)) })()
  expect(given({ sample: undefined })).toThrow('node: unet: input "sample" is missing.')
  expect(given({ step: timestep })).toThrow('there is no input "step"; there is "sample", "timestep".')
  expect(given({ timestep: { ...timestep, dtype: 'int64' } })).toThrow(
    'input "timestep" has element type int64; expected float32.',
  )
  for (const shape of [[1, 2, 3], [6], [1, 3, 2, 1]])
    expect(given({ sample: float32(shape, new Float32Array(6)) })).toThrow(
      `input "sample" has shape [${shape}]; expected [-1,3,2].`,
    )
  for (const odd of [{ ...timestep, shape: 1 }, { ...timestep, data: undefined }, { ...timestep, data: 7 }, 7])
    expect(given({ timestep: odd })).toThrow('input "timestep" is no tensor.')
})

test('what the runtime says of an input is put into our words', () => {
  const shape = ['batch', 3, 2]
  expect(valueInfo({ isTensor: true, name: 'sample', type: 'float32', shape })).toEqual(inputs[0])
  expect(() => valueInfo({ isTensor: false, name: 'list' })).toThrow('"list" is no tensor')
})

test('of a view of a larger buffer nothing else is sent, and shared memory is copied', () => {
  const all = Float32Array.of(1, 2, 3, 4, 5, 6)
  const shared = new Float32Array(new SharedArrayBuffer(16)).fill(7)
  const part = float32([2], all.subarray(2, 4))
  const { whole, view, bytes, of, ofShared, allShared } = inputMessages({
    whole: float32([6], all),
    view: part,
    bytes: tensor('uint8', [2], Buffer.from(all.buffer, 0, 2)),
    of: { ...part, extra: 7 } as never,
    ofShared: float32([2], shared.subarray(2)),
    allShared: float32([4], shared),
  })
  // What is whole is not copied: the way to the other thread does that.
  expect(whole!.data).toBe(all)
  expect(view).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(3, 4) })
  expect(ofShared!.data).toEqual(Float32Array.of(7, 7))
  expect(allShared!.data).toEqual(Float32Array.of(7, 7, 7, 7))
  // Whatever else there is makes the same error as ever.
  expect(of).toHaveProperty('extra', 7)
  for (const { data } of [view!, bytes!, of!, ofShared!, allShared!]) {
    expect(data.buffer).toBeInstanceOf(ArrayBuffer)
    expect(data.buffer.byteLength).toBe(data.byteLength)
  }
  expect(part.data.buffer).toBe(all.buffer)
  expect(inputMessages({ odd: { ...part, data: [1, 2] } as never }).odd!.data).toEqual([1, 2])
})

test('results travel without a copy, each buffer once', () => {
  const both = new Float32Array([1, 2, 3, 4])
  const halves = Uint16Array.of(0, 0x3c00, 0xc000)
  const results: Record<string, RuntimeTensor> = {
    a: { type: 'float32', dims: [2], data: both.subarray(0, 2) },
    b: { type: 'float32', dims: [1, 2], data: both.subarray(2) },
    // Where an engine has a Float16Array, any other view of the same bits.
    halves: { type: 'float16', dims: [2], data: new DataView(halves.buffer, 2, 4) },
  }
  const messages = tensorMessages(results)
  expect(buffersOf(messages)).toEqual([both.buffer, halves.buffer])
  const { a, b, halves: bits } = tensorsOf(messages)
  expect(a).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) })
  expect(b).toEqual({ dtype: 'float32', shape: [1, 2], data: Float32Array.of(3, 4) })
  expect(bits).toEqual({ dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) })
  expect([a!.data.buffer, bits!.data.buffer]).toEqual([both.buffer, halves.buffer])
})
