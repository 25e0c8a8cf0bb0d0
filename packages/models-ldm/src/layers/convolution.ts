import type { ConvolutionOptions, Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'

/** A square 2-D convolution with bias: `[n, in, h, w]` → `[n, output, h', w']`. Default: size 3, stride 1, padding that keeps the size. */
export function convolve(
  scope: Scope,
  x: Value,
  output: number,
  { size = 3, ...options }: Omit<ConvolutionOptions, 'bias' | 'groups'> & { readonly size?: number } = {},
): Value {
  const weight = scope.weight('weight', [output, x.shape[1]!, size, size])
  const bias = scope.weight('bias', [output])
  return scope.graph.convolution(x, weight, { padding: (size - 1) / 2, ...options, bias })
}
