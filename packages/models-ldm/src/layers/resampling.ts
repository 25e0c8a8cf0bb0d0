import type { GraphBuilder, Value } from '@latentkit/onnx-graph'
import type { Scope } from '../scope.ts'
import { convolve } from './convolution.ts'

/** How a block without weights halves or doubles the resolution: means and repeated pixels, or the smooth kernel 1 3 3 1. */
export type ResamplingKernel = 'box' | 'fir'

/** Halves both sides by a convolution of stride 2. Padding 0 means one row and column of zeros at the end only. */
export function downsampleByConvolution(scope: Scope, x: Value, padding: number): Value {
  const sides = padding === 0 ? { top: 0, left: 0, bottom: 1, right: 1 } : padding
  return convolve(scope.at('conv'), x, x.shape[1]!, { stride: 2, padding: sides })
}

/** Doubles both sides by repeating pixels, then convolves. */
export function upsampleByConvolution(scope: Scope, x: Value): Value {
  return convolve(scope.at('conv'), scope.graph.upsampleNearest(x, 2), x.shape[1]!)
}

/** Halves both sides without weights. */
export function downsample(graph: GraphBuilder, x: Value, kernel: ResamplingKernel): Value {
  if (kernel === 'box') return graph.averagePool(x, 2)
  return graph.convolution(x, firWeight(graph, x, 1), { stride: 2, padding: 1, groups: x.shape[1]! })
}

/** Doubles both sides without weights. */
export function upsample(graph: GraphBuilder, x: Value, kernel: ResamplingKernel): Value {
  if (kernel === 'box') return graph.upsampleNearest(x, 2)
  return graph.transposedConvolution(x, firWeight(graph, x, 4), { stride: 2, padding: 1, groups: x.shape[1]! })
}

/** The kernel (1 3 3 1)⊗(1 3 3 1) for every channel by itself, its sum being `gain`. */
function firWeight(graph: GraphBuilder, x: Value, gain: number): Value {
  const row = [1, 3, 3, 1]
  const kernel = row.flatMap((a) => row.map((b) => (a * b * gain) / 64))
  const channels = x.shape[1]!
  return graph.constantLike(x, [channels, 1, 4, 4], Array.from({ length: channels }, () => kernel).flat())
}
