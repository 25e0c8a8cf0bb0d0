import { bytesPerElement } from '@latentkit/core'
import type { Graph, Value } from './graph.ts'
import { valueSize } from './graph-builder.ts'

/**
 * Bytes that the graph's intermediate values need at the busiest node, each being freed after its last use.
 * Weights and what a runtime takes for its own work come on top.
 */
export function peakActivationBytes(graph: Graph): number {
  const lastUse = new Map<string, number>()
  graph.nodes.forEach((node, index) => {
    for (const name of node.inputs) lastUse.set(name, index)
  })
  for (const value of graph.outputs) lastUse.set(value.name, graph.nodes.length)
  const constants = new Set(graph.initializers.map((initializer) => initializer.name))
  const bytes = (name: string) => (constants.has(name) ? 0 : valueBytes(graph.values.get(name)))

  let live = graph.inputs.reduce((sum, input) => sum + valueBytes(input), 0)
  let peak = live
  graph.nodes.forEach((node, index) => {
    // Nodes that only depend on weights are folded when the session is made.
    if (node.inputs.every((name) => name === '' || constants.has(name))) {
      for (const name of node.outputs) constants.add(name)
      return
    }
    for (const name of node.outputs) live += bytes(name)
    peak = Math.max(peak, live)
    for (const name of new Set(node.inputs)) if (name !== '' && lastUse.get(name) === index) live -= bytes(name)
  })
  return peak
}

function valueBytes(value: Value | undefined): number {
  return value ? valueSize(value) * bytesPerElement(value.dtype) : 0
}
