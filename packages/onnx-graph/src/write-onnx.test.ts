import { float32, tensor } from '@latentkit/core'
import onnxProto from 'onnx-proto'
import { describe, expect, test } from 'vitest'
import { createGraphBuilder } from './graph-builder.ts'
import { GraphError } from './graph-error.ts'
import { multiplyAdds } from './multiply-adds.ts'
import { foldedBytes, peakActivationBytes } from './peak-memory.ts'
import { varint } from './protobuf.ts'
import { writeOnnx } from './write-onnx.ts'

function smallGraph() {
  const graph = createGraphBuilder('small')
  const x = graph.input('x', 'float32', [1, 2, 4, 4])
  const weight = graph.weight('conv.weight', 'float32', [3, 2, 3, 3], {
    location: 'unet/model.safetensors',
    offset: 5_000_000_001,
    byteLength: 216,
  })
  const y = graph.convolution(x, weight, { padding: 1 })
  const shift = graph.constant(float32([3], [1, 2, 3]))
  graph.output('y', graph.instanceNorm(y, shift, shift, 1e-5))
  return graph
}

test('another protobuf decoder reads back what was written', () => {
  const model = onnxProto.onnx.ModelProto.decode(
    writeOnnx(smallGraph().finish(), { 'unet/model.safetensors': 'blobs/abc' }),
  )
  expect(Number(model.irVersion)).toBe(8)
  expect(model.opsetImport.map((entry) => [entry.domain, Number(entry.version)])).toEqual([['', 17]])
  const graph = model.graph!
  expect(graph.node!.map((node) => node.opType)).toEqual(['Conv', 'InstanceNormalization', 'Identity'])
  const attributes = Object.fromEntries(
    graph.node![0]!.attribute!.map((a) => [a.name, a.ints?.length ? a.ints.map(Number) : Number(a.i)]),
  )
  expect(attributes).toEqual({
    kernel_shape: [3, 3],
    strides: [1, 1],
    pads: [1, 1, 1, 1],
    dilations: [1, 1],
    group: 1,
  })
  expect(graph.node![1]!.attribute![0]!.f).toBeCloseTo(1e-5, 10)
  expect(graph.input!.map((input) => input.type!.tensorType!.shape!.dim!.map((dim) => Number(dim.dimValue)))).toEqual([
    [1, 2, 4, 4],
  ])
  expect(
    graph.output!.map((output) => [output.name, output.type!.tensorType!.shape!.dim!.map((d) => Number(d.dimValue))]),
  ).toEqual([['y', [1, 3, 4, 4]]])
  const [weight, shift] = graph.initializer!
  expect(weight!.dims!.map(Number)).toEqual([3, 2, 3, 3])
  expect(weight!.externalData!.map((entry) => [entry.key, entry.value])).toEqual([
    ['location', 'blobs/abc'],
    ['offset', '5000000001'],
    ['length', '216'],
  ])
  expect([...new Float32Array(shift!.rawData!.slice().buffer)]).toEqual([1, 2, 3])
})

test('whole numbers of every size are encoded', () => {
  expect([...varint(0)]).toEqual([0])
  expect([...varint(300)]).toEqual([0xac, 0x02])
  expect([...varint(2 ** 40)]).toEqual([128, 128, 128, 128, 128, 32])
  expect([...varint(-1)]).toEqual([255, 255, 255, 255, 255, 255, 255, 255, 255, 1])
})

test('equal constants are stored once, a weight asked for twice is the same value', () => {
  const graph = createGraphBuilder('g')
  const place = { location: 'f', offset: 0, byteLength: 4 }
  expect(graph.constant(float32([], [2]))).toBe(graph.constant(float32([], [2])))
  expect(graph.constant(float32([], [2]))).not.toBe(graph.constant(float32([1], [2])))
  expect(graph.weight('w', 'float32', [1], place)).toBe(graph.weight('w', 'float32', [1], place))
  expect(() => graph.weight('w', 'float32', [1, 1], place)).toThrow(GraphError)
})

test('numbers beside halves are halves', () => {
  const builder = createGraphBuilder('halves')
  const x = builder.input('x', 'float16', [2])
  builder.output('y', builder.clamp(builder.multiply(x, 0.5), 0, 1))
  const constants = builder.finish().initializers
  expect(constants.map(({ dtype }) => dtype)).toEqual(['float16', 'float16', 'float16'])
  expect(constants[0]!.data).toEqual(Uint8Array.of(0x00, 0x38))
  expect(() => builder.add(builder.cast(x, 'int64'), 1)).toThrow(
    'numbers are float32 or float16; the other operand is int64',
  )
})

test('what cannot be is refused by the operator’s name', () => {
  const graph = createGraphBuilder('g')
  const x = graph.input('x', 'float32', [1, 4, 3, 3])
  expect(() => graph.split(x, 1, 3)).toThrow(/^Slice: .*0 to 1\.33/)
  expect(() => graph.transpose(x, [0, 1, 2, 7])).toThrow(/^Transpose: /)
  expect(() => graph.convolution(x, graph.constant(float32([1, 4, 5, 5], Array(100).fill(0))))).toThrow(
    'Conv: [1,4,3,3], [1,4,5,5] cannot be made [1,1,-1,-1]',
  )
  expect(() => graph.averagePool(x, 4)).toThrow('AveragePool: [1,4,3,3] cannot be made [1,4,0,0]')
})

test('a finished graph prints as JSON and the same calls give the same graph', () => {
  expect(JSON.stringify(smallGraph().finish())).toBe(JSON.stringify(smallGraph().finish()))
})

test('the busiest node decides the memory, weights and what is folded do not count', () => {
  const graph = createGraphBuilder('memory')
  const x = graph.input('x', 'float32', [1, 1, 2, 2])
  const table = graph.weight('table', 'float16', [1000], { location: 'f', offset: 0, byteLength: 2000 })
  graph.sine(graph.cast(table, 'float32'))
  const wide = graph.upsampleNearest(graph.relu(x), 4)
  graph.output('y', graph.averagePool(wide, 4))
  // The input and its relu are 16 bytes each, the wide value 256: the input is gone when it is made.
  expect(peakActivationBytes(graph.finish())).toBe(16 + 256)
})

test('what is used later, and results, are held until then', () => {
  const graph = createGraphBuilder('held')
  const x = graph.input('x', 'float32', [1, 1, 2, 2])
  graph.output('early', graph.relu(x))
  const wide = graph.upsampleNearest(graph.sine(x), 2)
  graph.output('late', graph.averagePool(graph.multiply(wide, wide), 2))
  // The input, the early result, the sine's 16 bytes; then the two wide ones beside the early result.
  expect(peakActivationBytes(graph.finish())).toBe(16 + 2 * 64)
})

test('of what is folded, only what runs need is held', () => {
  const graph = createGraphBuilder('folded')
  const x = graph.input('x', 'float32', [10])
  const table = graph.weight('table', 'float16', [10], { location: 'f', offset: 0, byteLength: 20 })
  const wide = graph.cast(table, 'float32')
  graph.output('y', graph.add(x, graph.reshape(graph.sine(wide), [1, 10])))
  expect(foldedBytes(graph.finish())).toBe(40)
})

test('the work of convolutions and products is counted, but not what is folded', () => {
  const graph = createGraphBuilder('work')
  const x = graph.input('x', 'float32', [1, 2, 4, 4])
  const weight = graph.constant(float32([3, 2, 3, 3], Array<number>(54).fill(1)))
  const y = graph.reshape(graph.convolution(x, weight, { padding: 1 }), [3, 16])
  graph.output('product', graph.matrixProduct(y, graph.transpose(y, [1, 0])))
  graph.output('gemm', graph.gemm(y, y, { transposeA: true }))
  const stack = graph.reshape(y, [2, 3, 8])
  graph.output('stack', graph.matrixProduct(stack, graph.reshape(graph.slice(y, 0, 0, 2), [8, 4])))
  graph.output('wide', graph.transposedConvolution(x, graph.constant(float32([2, 5, 2, 2], Array<number>(40).fill(1)))))
  graph.matrixProduct(weight, weight)
  const products = 3 * 3 * 16 + 16 * 16 * 3 + 2 * 3 * 4 * 8
  expect(multiplyAdds(graph.finish())).toBe(3 * 16 * 2 * 9 + products + 2 * 16 * 5 * 4)
})

describe('sizes are fixed', () => {
  const graph = createGraphBuilder('dynamic')
  const place = { location: 'f', offset: 0, byteLength: 12 }

  test.each([[[-1, 3]], [[3, 0]], [[1.5, 2]], [[Number.NaN]], [['batch', 3]]])('not [%s]', (shape) => {
    const problem = ` is [${shape}]; sizes are fixed, whole numbers above 0 (none is left open by -1).`
    expect(() => graph.input('x', 'float32', shape as number[])).toThrow(`dynamic: input "x"${problem}`)
    expect(() => graph.weight('w', 'float32', shape as number[], place)).toThrow(`dynamic: weight "w"${problem}`)
    expect(() => graph.input('x', 'float32', shape as number[])).toThrow(GraphError)
  })

  test('scalars have none', () => {
    expect(graph.input('scalar', 'float32', []).shape).toEqual([])
    expect(graph.weight('one', 'float32', [], { ...place, byteLength: 4 }).shape).toEqual([])
  })
})

describe('shapes that do not fit are refused while building', () => {
  const graph = createGraphBuilder('bad')
  const x = graph.input('x', 'float32', [1, 4, 6, 6])
  const matrix = graph.input('matrix', 'float32', [2, 3])
  const bad: Record<string, () => unknown> = {
    'convolution channels': () => graph.convolution(x, graph.constant(float32([1, 3, 1, 1], [1, 2, 3]))),
    broadcast: () => graph.add(x, matrix),
    'element types': () => graph.add(matrix, graph.constant(tensor('int64', [1], BigInt64Array.of(1n)))),
    'matrix product': () => graph.matrixProduct(matrix, matrix),
    gemm: () => graph.gemm(matrix, matrix),
    reshape: () => graph.reshape(matrix, [5]),
    transpose: () => graph.transpose(matrix, [0, 0]),
    slice: () => graph.slice(matrix, 1, 2, 4),
    concatenate: () => graph.concatenate([matrix, x], 0),
    'concatenate nothing': () => graph.concatenate([], 0),
    'no output': () => graph.finish(),
    'bytes of a weight': () =>
      graph.weight('w', 'float32', [8, 3, 3, 4], { location: 'f', offset: 0, byteLength: 864 }),
    'values of a constant': () => graph.constant({ ...float32([3], [1, 2, 3]), shape: [2, 2] }),
    'a value of another graph': () => graph.relu(createGraphBuilder('other').input('x', 'float32', [1, 4, 6, 6])),
    'two inputs of one name': () => graph.input('x', 'float32', [1]),
  }
  for (const [what, build] of Object.entries(bad)) test(what, () => expect(build).toThrow(GraphError))
})

describe('operands of different element types are refused by the operator’s name, with both types', () => {
  const graph = createGraphBuilder('mixed')
  const x = graph.input('x', 'float16', [1, 4, 6, 6])
  const half = graph.input('half', 'float16', [4, 4])
  const full = graph.input('full', 'float32', [4, 4])
  const scale = graph.input('scale', 'float32', [4])
  const halfScale = graph.input('half scale', 'float16', [4])
  const kernel = graph.input('kernel', 'float32', [4, 4, 1, 1])
  const halfKernel = graph.cast(kernel, 'float16')
  const mixed: readonly (readonly [operator: string, build: () => unknown])[] = [
    ['Add', () => graph.add(half, full)],
    ['Sub', () => graph.subtract(half, full)],
    ['Mul', () => graph.multiply(half, full)],
    ['Div', () => graph.divide(half, full)],
    ['Conv', () => graph.convolution(x, kernel)],
    ['Conv', () => graph.convolution(x, halfKernel, { bias: scale })],
    ['ConvTranspose', () => graph.transposedConvolution(x, kernel)],
    ['ConvTranspose', () => graph.transposedConvolution(x, halfKernel, { bias: scale })],
    ['MatMul', () => graph.matrixProduct(half, full)],
    ['Gemm', () => graph.gemm(half, full)],
    ['Gemm', () => graph.gemm(half, half, { c: scale })],
    ['InstanceNormalization', () => graph.instanceNorm(x, scale, halfScale, 1e-5)],
    ['InstanceNormalization', () => graph.instanceNorm(x, halfScale, scale, 1e-5)],
    ['Concat', () => graph.concatenate([half, half, full], 0)],
  ]
  test.each(mixed)('%s', (operator, build) => {
    expect(build).toThrow(GraphError)
    expect(build).toThrow(new RegExp(`^${operator}: element types differ: .* is float16, .* is float32; use cast `))
  })

  test('indices that are no whole numbers', () => {
    expect(() => graph.gather(full, scale)).toThrow('Gather: "scale" is float32; indices are int64 or int32, use cast.')
  })

  test('what fits together is taken', () => {
    expect(graph.convolution(x, halfKernel, { bias: halfScale }).dtype).toBe('float16')
    expect(graph.gemm(half, graph.cast(full, 'float16'), { c: halfScale }).dtype).toBe('float16')
    expect(graph.gather(half, graph.cast(scale, 'int32')).dtype).toBe('float16')
  })
})
