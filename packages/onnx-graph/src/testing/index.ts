import { float32 } from '@latentkit/core'
import type { ConformanceModels } from '@latentkit/core/testing'
import { createGraphBuilder, type GraphBuilder, writeOnnx } from '../index.ts'

/** The models that `backendConformance` of `@latentkit/core/testing` runs. */
export const conformanceModels: ConformanceModels = {
  affine: () =>
    build((graph) => {
      const x = graph.input('x', 'float32', [2, 3])
      graph.output('y', graph.add(graph.multiply(x, 2), 1))
    }),
  float32Weights: (location) => weights(location, 'float32', 5, 24),
  float16Weights: (location) => weights(location, 'float16', 3, 12),
  lookUp: () =>
    build((graph) => {
      const rows = graph.input('rows', 'int64', [2])
      graph.output('y', graph.gather(graph.constant(float32([3, 2], [0, 1, 2, 3, 4, 5])), rows))
    }),
  picture: () =>
    build((graph) => {
      const x = graph.input('x', 'float32', [1, 1, 2, 2])
      const mean = graph.constant(float32([1, 1, 3, 3], Array(9).fill(1 / 9)))
      graph.output('y', graph.convolution(graph.upsampleNearest(x, 2), mean, { padding: 1 }))
    }),
  busy: (products) =>
    build((graph) => {
      const side = 512
      const constant = (value: number) => graph.constant(float32([side, side], Array(side * side).fill(value)))
      const mean = constant(1 / side)
      // Every element is x, and stays so: the sums of powers of two are exact.
      let matrix = graph.add(constant(0), graph.input('x', 'float32', [1, 1]))
      for (let i = 0; i < products; i++) matrix = graph.matrixProduct(matrix, mean)
      graph.output('y', graph.slice(graph.slice(matrix, 0, 0, 1), 1, 0, 1))
    }),
}

function weights(location: string, dtype: 'float32' | 'float16', offset: number, byteLength: number): Uint8Array {
  return build((graph) => {
    const x = graph.input('x', 'float32', [2, 3])
    const weight = graph.weight('w', dtype, [3, 2], { location, offset, byteLength })
    graph.output('y', graph.matrixProduct(x, graph.cast(weight, 'float32')))
  })
}

function build(describe: (graph: GraphBuilder) => void): Uint8Array {
  const graph = createGraphBuilder('conformance')
  describe(graph)
  return writeOnnx(graph.finish())
}
