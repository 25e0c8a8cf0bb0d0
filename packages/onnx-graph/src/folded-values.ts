import type { Graph } from './graph.ts'

/** Names of the values that depend on weights and constants alone: runtimes compute them once, when a session is made. */
export function foldedValues(graph: Graph): ReadonlySet<string> {
  const known = new Set(graph.initializers.map((initializer) => initializer.name))
  const folded = new Set<string>()
  for (const { inputs, outputs } of graph.nodes) {
    if (!inputs.every((name) => name === '' || known.has(name))) continue
    for (const name of outputs) {
      known.add(name)
      folded.add(name)
    }
  }
  return folded
}
