import { bytesPerElement } from '@latentkit/core'
import { foldedValues } from './folded-values.ts'
import type { Graph, Value } from './graph.ts'
import { valueSize } from './graph-builder.ts'

/**
 * Bytes that the graph's intermediate values need at the busiest node, each being freed after its last use.
 * Weights and what a runtime takes for its own work come on top.
 */
export function peakActivationBytes(graph: Graph): number {
  // Of results there is none, so that they stay.
  const lastUse = new Map<string, number>()
  graph.nodes.forEach((node, index) => {
    for (const name of node.inputs) lastUse.set(name, index)
  })
  const constants = new Set([...graph.initializers.map((initializer) => initializer.name), ...foldedValues(graph)])
  const bytes = (name: string) => (constants.has(name) ? 0 : valueBytes(graph.values.get(name)))

  let live = graph.inputs.reduce((sum, input) => sum + valueBytes(input), 0)
  let peak = live
  graph.nodes.forEach((node, index) => {
    for (const name of node.outputs) live += bytes(name)
    peak = Math.max(peak, live)
    for (const name of new Set(node.inputs)) if (name !== '' && lastUse.get(name) === index) live -= bytes(name)
  })
  return peak
}

/**
 * Bytes of values that depend on weights alone and that the graph uses at each run. They are held as long as a session, in
 * memory of their own.
 */
export function foldedBytes(graph: Graph): number {
  const folded = foldedValues(graph)
  const used = new Set(graph.nodes.flatMap(({ inputs, outputs }) => (folded.has(outputs[0]!) ? [] : inputs)))
  return [...folded].filter((name) => used.has(name)).reduce((sum, name) => sum + valueBytes(graph.values.get(name)), 0)
}

function valueBytes(value: Value | undefined): number {
  return value ? valueSize(value) * bytesPerElement(value.dtype) : 0
}
