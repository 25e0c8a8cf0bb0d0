import type { Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'

/** A Linear layer with bias: `[n, in]` → `[n, output]`. */
export function linear(scope: Scope, x: Value, output: number): Value {
  const weight = scope.linearWeight('weight', output, x.shape[1]!)
  return scope.graph.gemm(x, weight, { transposeB: true, c: scope.weight('bias', [output]) })
}

/** The same layer applied to every pixel: `[n, in, h, w]` → `[n, output, h, w]`. */
export function linearPerPixel(scope: Scope, x: Value, output: number): Value {
  const input = x.shape[1]!
  const weight = scope.linearWeight('weight', output, input, [output, input, 1, 1])
  return scope.graph.convolution(x, weight, { bias: scope.weight('bias', [output]) })
}
