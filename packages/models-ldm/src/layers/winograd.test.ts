import { createNodeBackend } from '@latentkit/backend-node'
import { createTorchGenerator } from '@latentkit/core'
import { relativeDifference } from '@latentkit/core/testing'
import { createGraphBuilder, writeOnnx } from '@latentkit/onnx-graph'
import { afterAll, expect, test } from 'vitest'
import { paysAsWinograd, winogradConvolution } from './winograd.ts'

const backend = createNodeBackend()
afterAll(() => backend.dispose())

test.each([
  ['tiles that fit', [1, 5, 8, 12]],
  ['cut tiles', [1, 5, 7, 9]],
  ['less than a tile', [1, 5, 1, 3]],
  ['two pictures', [2, 3, 6, 5]],
])('gives what a direct convolution gives: %s', async (_, shape) => {
  const random = createTorchGenerator(1)
  const x = random.randn(shape)
  const graph = createGraphBuilder('both ways')
  const input = graph.input('x', 'float32', shape)
  const weight = graph.constant(random.randn([4, shape[1]!, 3, 3]))
  graph.output('direct', graph.convolution(input, weight, { padding: 1 }))
  graph.output('winograd', winogradConvolution(graph, input, weight))
  const finished = graph.finish()
  const session = await backend.createSession({ name: 'both', weights: {}, model: () => writeOnnx(finished, {}) })
  const { direct, winograd } = await session.run({ x })
  await session.dispose()
  expect(winograd!.shape).toEqual(direct!.shape)
  expect(relativeDifference(winograd!.data as Float32Array, direct!.data as Float32Array)).toBeLessThan(1e-5)
})

test('is for many channels and some tiles', () => {
  expect(paysAsWinograd([1, 320, 16, 16], 320)).toBe(true)
  expect(paysAsWinograd([1, 320, 8, 8], 320)).toBe(false)
  expect(paysAsWinograd([1, 6, 128, 128], 160)).toBe(false)
})
