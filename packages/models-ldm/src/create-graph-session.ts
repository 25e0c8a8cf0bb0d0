import type { Backend, Session } from '@latentkit/core'
import { type Graph, writeOnnx } from '@latentkit/onnx-graph'
import type { WeightSource } from './weight-source.ts'

/** Hands a graph and the files of its weights (if it has any) to a backend. */
export function createGraphSession(
  backend: Backend,
  graph: Graph,
  weights?: WeightSource,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Session> {
  const used = new Set(graph.initializers.map(({ data }) => ('location' in data ? data.location : '')))
  const files = Object.fromEntries(Object.entries(weights?.files ?? {}).filter(([name]) => used.has(name)))
  return backend.createSession(
    { name: graph.name, weights: files, model: (locations) => writeOnnx(graph, locations) },
    options,
  )
}
