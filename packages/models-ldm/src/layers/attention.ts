import type { GraphBuilder, Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'
import { type GroupNormOptions, groupNorm } from './group-norm.ts'
import { linearPerPixel } from './linear.ts'

export interface AttentionOptions {
  /** Channels of one head; they must divide the channels. */
  readonly headDim: number
  /** Normalisation before attention, if any. */
  readonly norm: GroupNormOptions | undefined
  /** The sum with the input is divided by this. Default 1. */
  readonly outputScale?: number
}

/** Self-attention between all pixels of `[n, c, h, w]`, added to its input. */
export function attention(scope: Scope, x: Value, { headDim, norm, outputScale = 1 }: AttentionOptions): Value {
  const { graph } = scope
  const [n, channels, height, width] = x.shape as [number, number, number, number]
  const input = norm ? groupNorm(scope.at('group_norm'), x, norm) : x
  const project = (name: string) =>
    graph.reshape(linearPerPixel(scope.at(name), input, channels), [n, channels / headDim, headDim, height * width])
  const query = graph.multiply(project('to_q'), 1 / Math.sqrt(headDim))
  const mixed = mixValues(graph, query, project('to_k'), project('to_v'))
  const output = linearPerPixel(scope.at('to_out.0'), graph.reshape(mixed, x.shape), channels)
  const sum = graph.add(output, x)
  return outputScale === 1 ? sum : graph.divide(sum, outputScale)
}

/** Most bytes of scores held at once. */
const scoreBytes = 32 * 2 ** 20

/**
 * softmax(qᵀk) applied to the values; all three are `[n, heads, headDim, pixels]`.
 * The queries are taken a part at a time, so that the pixels × pixels scores never exist as a whole.
 */
function mixValues(graph: GraphBuilder, query: Value, key: Value, value: Value): Value {
  const [n, heads, , pixels] = query.shape as [number, number, number, number]
  const rows = Math.max(1, Math.floor(scoreBytes / (n * heads * pixels * 4)))
  const queries = graph.transpose(query, [0, 1, 3, 2])
  const parts: Value[] = []
  for (let start = 0; start < pixels; start += rows) {
    const end = Math.min(start + rows, pixels)
    const part = end - start === pixels ? queries : graph.slice(queries, 2, start, end)
    const scores = graph.softmax(graph.matrixProduct(part, key), -1)
    parts.push(graph.matrixProduct(value, graph.transpose(scores, [0, 1, 3, 2])))
  }
  return parts.length === 1 ? parts[0]! : graph.concatenate(parts, 3)
}
