import { float32, sameShape, type Tensor, tensor } from '@latentkit/core'
import { InferenceSession, type Tensor as RuntimeTensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import type { Value } from './graph.ts'
import { createGraphBuilder, type GraphBuilder } from './graph-builder.ts'
import { GraphError } from './graph-error.ts'
import { writeOnnx } from './write-onnx.ts'

/** What onnxruntime makes of a graph without inputs. */
async function run(build: (graph: GraphBuilder) => Value): Promise<{ declared: Value; result: RuntimeTensor }> {
  const graph = createGraphBuilder('operators')
  const declared = build(graph)
  graph.output('result', declared)
  const session = await InferenceSession.create(writeOnnx(graph.finish()), { logSeverityLevel: 3 })
  const { result } = await session.run({})
  await session.release()
  return { declared, result: result! }
}

/** `[…shape]` of 1, 2, 3 … */
const counting = (...shape: readonly number[]): Tensor<'float32'> => {
  const size = shape.reduce((product, side) => product * side, 1)
  return float32(
    shape,
    Array.from({ length: size }, (_, i) => i + 1),
  )
}
const whole = (...values: readonly number[]) => tensor('int64', [values.length], BigInt64Array.from(values, BigInt))

type Case = readonly [name: string, build: (graph: GraphBuilder) => Value, shape: number[], values: number[]]
const cases: readonly Case[] = [
  ['add', (g) => g.add(g.constant(counting(2, 1)), g.constant(counting(3))), [2, 3], [2, 3, 4, 3, 4, 5]],
  [
    'add, the longer shape behind',
    (g) => g.add(g.constant(counting(3)), g.constant(counting(2, 1))),
    [2, 3],
    [2, 3, 4, 3, 4, 5],
  ],
  ['subtract', (g) => g.subtract(g.constant(counting(2)), 3), [2], [-2, -1]],
  ['multiply', (g) => g.multiply(g.constant(counting(2)), g.constant(counting(2))), [2], [1, 4]],
  ['divide', (g) => g.divide(g.constant(counting(3)), 2), [3], [0.5, 1, 1.5]],
  ['sigmoid', (g) => g.sigmoid(g.constant(float32([1], [0]))), [1], [0.5]],
  ['tanh', (g) => g.tanh(g.constant(float32([1], [1]))), [1], [Math.tanh(1)]],
  ['erf', (g) => g.erf(g.constant(float32([2], [0, 1]))), [2], [0, 0.8427008]],
  ['softplus', (g) => g.softplus(g.constant(float32([1], [0]))), [1], [Math.log(2)]],
  ['relu', (g) => g.relu(g.constant(float32([2], [-1, 2]))), [2], [0, 2]],
  ['logarithm', (g) => g.logarithm(g.constant(counting(2))), [2], [0, Math.log(2)]],
  ['clamp', (g) => g.clamp(g.constant(counting(4)), 2, 3), [4], [2, 2, 3, 3]],
  ['sine', (g) => g.sine(g.constant(counting(1))), [1], [Math.sin(1)]],
  ['cosine', (g) => g.cosine(g.constant(counting(1))), [1], [Math.cos(1)]],
  ['cast', (g) => g.cast(g.cast(g.constant(float32([2], [1.7, -1.7])), 'int64'), 'float32'), [2], [1, -1]],
  ['softmax', (g) => g.softmax(g.constant(float32([2, 2], [0, 0, 0, Math.log(3)])), 0), [2, 2], [0.5, 0.25, 0.5, 0.75]],
  [
    'softmax along the last axis',
    (g) => g.softmax(g.constant(float32([2, 2], [0, 0, 0, Math.log(3)])), -1),
    [2, 2],
    [0.5, 0.5, 0.25, 0.75],
  ],
  ['gather', (g) => g.gather(g.constant(counting(3, 2)), g.constant(whole(2, 0, 2))), [3, 2], [5, 6, 1, 2, 5, 6]],
  ['reshape', (g) => g.reshape(g.constant(counting(2, 3)), [3, 2]), [3, 2], [1, 2, 3, 4, 5, 6]],
  ['transpose', (g) => g.transpose(g.constant(counting(1, 2, 3)), [2, 0, 1]), [3, 1, 2], [1, 4, 2, 5, 3, 6]],
  [
    'concatenate',
    (g) => g.concatenate([g.constant(counting(2, 1)), g.constant(counting(2, 2))], -1),
    [2, 3],
    [1, 1, 2, 2, 3, 4],
  ],
  ['slice', (g) => g.slice(g.constant(counting(2, 3)), -1, 0, 2), [2, 2], [1, 2, 4, 5]],
  ['slice up to the end', (g) => g.slice(g.constant(counting(3)), 0, 1, 3), [2], [2, 3]],
  ['split', (g) => g.split(g.constant(counting(2, 4)), 1, 2)[1]!, [2, 2], [3, 4, 7, 8]],
  [
    'upsampleNearest',
    (g) => g.upsampleNearest(g.constant(counting(1, 1, 1, 2)), 2),
    [1, 1, 2, 4],
    [1, 1, 2, 2, 1, 1, 2, 2],
  ],
  ['averagePool', (g) => g.averagePool(g.constant(counting(1, 1, 3, 4)), 2), [1, 1, 1, 2], [3.5, 5.5]],
  [
    'convolution',
    (g) => g.convolution(g.constant(counting(1, 1, 2, 3)), g.constant(float32([1, 1, 1, 2], [1, 10]))),
    [1, 1, 2, 2],
    [21, 32, 54, 65],
  ],
  [
    'convolution with a bias, unlike strides and sides',
    (g) =>
      g.convolution(g.constant(counting(1, 1, 4, 3)), g.constant(float32([2, 1, 1, 1], [1, -1])), {
        bias: g.constant(float32([2], [100, 0])),
        stride: [3, 2],
        padding: { top: 0, left: 1, bottom: 2, right: 0 },
      }),
    [1, 2, 2, 2],
    [100, 102, 100, 111, 0, -2, 0, -11],
  ],
  [
    'convolution with distances',
    (g) =>
      g.convolution(g.constant(counting(1, 1, 3, 3)), g.constant(float32([1, 1, 2, 2], [1, 1, 1, 1])), {
        dilation: [1, 2],
        stride: 1,
      }),
    [1, 1, 2, 1],
    [1 + 3 + 4 + 6, 4 + 6 + 7 + 9],
  ],
  [
    'convolution in groups',
    (g) => g.convolution(g.constant(counting(1, 2, 1, 1)), g.constant(float32([2, 1, 1, 1], [10, 100])), { groups: 2 }),
    [1, 2, 1, 1],
    [10, 200],
  ],
  [
    'transposedConvolution',
    (g) =>
      g.transposedConvolution(g.constant(counting(1, 1, 1, 2)), g.constant(float32([1, 1, 1, 2], [1, 10])), {
        stride: [1, 3],
      }),
    [1, 1, 1, 5],
    [1, 10, 0, 2, 20],
  ],
  [
    'transposedConvolution with a bias, sides and groups',
    (g) =>
      g.transposedConvolution(g.constant(counting(1, 2, 2, 2)), g.constant(float32([2, 1, 2, 1], [1, 1, 10, 10])), {
        bias: g.constant(float32([2], [0, 100])),
        groups: 2,
        stride: [2, 1],
        padding: { top: 1, left: 0, bottom: 0, right: 1 },
      }),
    [1, 2, 3, 1],
    [1, 3, 3, 150, 170, 170],
  ],
  [
    'matrixProduct',
    (g) => g.matrixProduct(g.constant(counting(2, 1, 2)), g.constant(counting(2, 2))),
    [2, 1, 2],
    [7, 10, 15, 22],
  ],
  [
    'gemm',
    (g) =>
      g.gemm(g.constant(counting(2, 1)), g.constant(counting(3, 2)), {
        c: g.constant(counting(3)),
        transposeA: true,
        transposeB: true,
      }),
    [1, 3],
    [6, 13, 20],
  ],
  ['gemm as it is', (g) => g.gemm(g.constant(counting(1, 2)), g.constant(counting(2, 3))), [1, 3], [9, 12, 15]],
  [
    'instanceNorm',
    (g) =>
      g.instanceNorm(
        g.constant(float32([1, 2, 2], [0, 2, 5, 5])),
        g.constant(float32([2], [10, 1])),
        g.constant(float32([2], [1, 7])),
        1e-12,
      ),
    [1, 2, 2],
    [-9, 11, 7, 7],
  ],
  [
    'node of another domain',
    (g) => {
      const x = g.constant(float32([2], [0, 1]))
      return g.node('Gelu', { inputs: [x], dtype: 'float32', shape: [2], domain: 'com.microsoft' })
    },
    [2],
    [0, 0.8413447],
  ],
]

test.each(cases)('%s is what the runtime makes of it', async (_, build, shape, values) => {
  const { declared, result } = await run(build)
  expect(declared.shape).toEqual(shape)
  expect([...result.dims]).toEqual(shape)
  expect(declared.dtype).toBe(result.type)
  expect(result.data).toHaveLength(values.length)
  for (const [i, value] of values.entries()) expect(result.data[i]).toBeCloseTo(value, 5)
})

test('every operator of the builder is among them', () => {
  const known = Object.keys(createGraphBuilder('all'))
  const other = ['node', 'constant', 'constantLike', 'input', 'weight', 'output', 'finish']
  const tested = new Set(cases.map(([name]) => name.split(/[ ,]/)[0]))
  expect(known.filter((name) => !tested.has(name) && !other.includes(name))).toEqual([])
})

test('what does not fit is refused before any runtime sees it', () => {
  const g = createGraphBuilder('bad')
  const x = g.input('x', 'float32', [1, 4, 6, 6])
  const matrix = g.input('matrix', 'float32', [2, 3])
  const row = g.input('row', 'float32', [3])
  const weights = (...shape: number[]) => g.constant(counting(...shape))
  const two = weights(2)
  const bad: readonly (readonly [expected: string | RegExp, build: () => unknown])[] = [
    ['Conv: weight [3,2,1,1] in 2 groups', () => g.convolution(x, weights(3, 2, 1, 1), { groups: 2 })],
    ['Conv: weight [4,4,1,1] in 2 groups', () => g.convolution(x, weights(4, 4, 1, 1), { groups: 2 })],
    ['Conv: bias [2] does not fit 3 channels', () => g.convolution(x, weights(3, 4, 1, 1), { bias: two })],
    ['Conv: bias [2,1] does not fit 2 channels', () => g.convolution(x, weights(2, 4, 1, 1), { bias: weights(2, 1) })],
    ['Conv: a shape of four sizes is needed; got [2,3]', () => g.convolution(matrix, x)],
    ['Conv: a shape of four sizes is needed; got [2,3]', () => g.convolution(x, matrix)],
    ['ConvTranspose: weight [3,4,1,1]', () => g.transposedConvolution(x, weights(3, 4, 1, 1))],
    [
      'ConvTranspose: weight [4,1,1,1] in 3 groups',
      () => g.transposedConvolution(x, weights(4, 1, 1, 1), { groups: 3 }),
    ],
    [
      'ConvTranspose: bias [2] does not fit 4',
      () => g.transposedConvolution(x, weights(4, 2, 1, 1), { bias: two, groups: 2 }),
    ],
    ['MatMul: shapes [3] and [3]', () => g.matrixProduct(row, row)],
    ['MatMul: shapes [2,3] and [3]', () => g.matrixProduct(matrix, row)],
    ['MatMul: shapes [2,2,3] and [3,3,1]', () => g.matrixProduct(weights(2, 2, 3), weights(3, 3, 1))],
    ['Gemm: shapes [2,3] and [3]', () => g.gemm(matrix, row)],
    ['Gemm: shapes [3] and [3,2]', () => g.gemm(row, weights(3, 2))],
    ['Gemm: shapes [1,2,3] and [2,3]', () => g.gemm(weights(1, 2, 3), matrix)],
    ['Gemm: shape [3] of what is added does not fit [2,2]', () => g.gemm(matrix, weights(3, 2), { c: row })],
    ['Gemm: shape [3,2,2] of what is added', () => g.gemm(matrix, weights(3, 2), { c: weights(3, 2, 2) })],
    ['InstanceNormalization: scale [2] and shift [4]', () => g.instanceNorm(x, two, weights(4), 0)],
    ['InstanceNormalization: scale [4] and shift [2]', () => g.instanceNorm(x, weights(4), two, 0)],
    ['InstanceNormalization: scale [4,1]', () => g.instanceNorm(x, weights(4, 1), weights(4), 0)],
    ['axis: 2 is not an axis of [2,3]', () => g.softmax(matrix, 2)],
    ['axis: -3 is not an axis of [2,3]', () => g.slice(matrix, -3, 0, 1)],
    ['Slice: 1 to 1 is outside axis 1', () => g.slice(matrix, 1, 1, 1)],
    ['Slice: -1 to 1 is outside axis 1', () => g.slice(matrix, 1, -1, 1)],
    ['Slice: 0 to 4 is outside axis 1', () => g.slice(matrix, 1, 0, 4)],
    ['Transpose: order [0,1,2]', () => g.transpose(matrix, [0, 1, 2])],
    ['Concat: [2,2] does not fit [2,3] along axis 0', () => g.concatenate([matrix, weights(2, 2)], 0)],
    ['Concat: [2,3,1] does not fit [2,3] along axis 0', () => g.concatenate([matrix, weights(2, 3, 1)], 0)],
    ['Add: shapes [2,3] and [2]', () => g.add(matrix, two)],
    ['Resize: [2,3], [undefined], [4] cannot be made', () => g.upsampleNearest(matrix, 2)],
    ['bad: output "y" is not a value of this graph', () => g.output('y', { ...matrix })],
  ]
  for (const [expected, build] of bad) {
    expect(build).toThrow(GraphError)
    expect(build).toThrow(expected)
  }
})

test('a value that has its type already is not cast', () => {
  const g = createGraphBuilder('cast')
  const x = g.input('x', 'float32', [1])
  expect(g.cast(x, 'float32')).toBe(x)
})

test('a constant keeps the values that it had', () => {
  const g = createGraphBuilder('constants')
  const long = Array.from({ length: 65 }, (_, i) => i)
  const data = Float32Array.from(long)
  g.constant(float32([65], data))
  // Long ones are not compared, short ones are.
  expect(g.constant(float32([65], long))).not.toBe(g.constant(float32([65], long)))
  expect(g.constant(float32([64], long.slice(1)))).toBe(g.constant(float32([64], long.slice(1))))
  data.fill(9)
  g.output('y', g.constant(float32([1], [1])))
  const [first] = g.finish().initializers
  expect(sameShape(first!.shape, [65])).toBe(true)
  expect(new Float32Array((first!.data as Uint8Array).buffer)[64]).toBe(64)
})
