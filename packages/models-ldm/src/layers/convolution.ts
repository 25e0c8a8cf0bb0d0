import { zeros } from '@latentkit/core'
import type { ConvolutionOptions, Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'
import { paysAsWinograd, winogradConvolution } from './winograd.ts'

/** A square 2-D convolution with bias: `[n, in, h, w]` → `[n, output, h', w']`. Default: size 3, stride 1, padding that keeps the size. */
export function convolve(
  scope: Scope,
  x: Value,
  output: number,
  { size = 3, ...options }: Omit<ConvolutionOptions, 'bias' | 'groups'> & { readonly size?: number } = {},
): Value {
  const { graph } = scope
  const weight = scope.weight('weight', [output, x.shape[1]!, size, size])
  const bias = scope.weight('bias', [output])
  const isPlain = size === 3 && Object.keys(options).length === 0
  if (scope.convolutions === 'winograd' && isPlain && paysAsWinograd(x.shape, output))
    return graph.add(winogradConvolution(graph, x, weight), graph.reshape(bias, [1, output, 1, 1]))
  const safe = avoidGroupsOfThree(scope, x, weight)
  return graph.convolution(safe.x, safe.weight, { padding: (size - 1) / 2, ...options, bias })
}

/**
 * onnxruntime's WebGPU kernel gives wrong results for 6, 9, 15, … input channels, which it takes in threes
 * (https://github.com/microsoft/onnxruntime/issues/29651; seen in 1.30). Some channels are given twice, the second time with
 * weights of zero, so that it takes fours.
 */
function avoidGroupsOfThree(scope: Scope, x: Value, weight: Value): { readonly x: Value; readonly weight: Value } {
  const { graph } = scope
  const [output, channels, size] = weight.shape as [number, number, number]
  if (size === 1 || channels <= 3 || channels % 3 !== 0 || channels % 4 === 0) return { x, weight }
  const missing = 4 - (channels % 4)
  const nothing = graph.constant(zeros(weight.dtype, [output, missing, size, size]))
  return {
    x: graph.concatenate([x, graph.slice(x, 1, 0, missing)], 1),
    weight: graph.concatenate([weight, nothing], 1),
  }
}
