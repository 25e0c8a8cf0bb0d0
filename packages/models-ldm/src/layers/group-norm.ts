import { float32 } from '@latentkit/core'
import type { Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'

export interface GroupNormOptions {
  readonly groups: number
  readonly epsilon: number
}

/**
 * Group normalisation of `[n, c, h, w]` (Wu & He 2018) with the scope's `weight` and `bias`.
 * Made of InstanceNormalization over groups, since runtimes have no kernel for the operator itself; in float32, since a mean
 * far from zero costs halves their last digits.
 */
export function groupNorm(scope: Scope, x: Value, { groups, epsilon }: GroupNormOptions): Value {
  const { graph } = scope
  const [n, channels] = x.shape as [number, number]
  const grouped = graph.reshape(graph.cast(x, 'float32'), [
    n,
    groups,
    x.shape.slice(1).reduce((a, b) => a * b) / groups,
  ])
  const ones = graph.constant(float32([groups], new Float32Array(groups).fill(1)))
  const noShift = graph.constant(float32([groups], new Float32Array(groups)))
  const normalised = graph.cast(graph.reshape(graph.instanceNorm(grouped, ones, noShift, epsilon), x.shape), x.dtype)
  const perChannel = [1, channels, 1, 1]
  const scaled = graph.multiply(normalised, scope.weight('weight', [channels], perChannel))
  return graph.add(scaled, scope.weight('bias', [channels], perChannel))
}
