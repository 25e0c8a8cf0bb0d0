import { elementCount } from '@latentkit/core'
import { foldedValues } from './folded-values.ts'
import type { Graph, GraphNode } from './graph.ts'

/**
 * Multiplications with an addition that convolutions and matrix products of a graph take at each run: a measure of its
 * work by which the time for one size can be told from that of another.
 */
export function multiplyAdds(graph: Graph): number {
  const folded = foldedValues(graph)
  const running = graph.nodes.filter(({ outputs }) => !folded.has(outputs[0]!))
  return running.reduce((sum, node) => sum + ofNode(graph, node), 0)
}

function ofNode(graph: Graph, { operator, inputs, outputs, attributes }: GraphNode): number {
  const shape = (name: string | undefined) => graph.values.get(name ?? '')?.shape ?? []
  const outputSize = elementCount(shape(outputs[0]))
  const [first, second] = [shape(inputs[0]), shape(inputs[1])]
  switch (operator) {
    case 'Conv':
      // Every output element sees the input channels of its group under each tap.
      return outputSize * elementCount(second.slice(1))
    case 'ConvTranspose':
      return elementCount(first) * elementCount(second.slice(1))
    case 'MatMul':
      return outputSize * first.at(-1)!
    case 'Gemm':
      return outputSize * (attributes.transA ? first[0]! : first[1]!)
    default:
      return 0
  }
}
