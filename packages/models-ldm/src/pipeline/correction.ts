import { float32 } from '@latentkit/core'
import { createGraphBuilder, type Graph, type GraphBuilder, type Value } from '@latentkit/onnx-graph'
import { createGraphResize, divideColumns, divideRows } from './graph-resize.ts'

/** What is corrected. */
export interface Correction {
  /** Correct what differs over wide areas, as the wavelet colour fix does. */
  readonly wavelet: boolean
  /** Iterations of back-projection, from 0. */
  readonly iterations: number
}

/** What is corrected, and for which sizes the graph is built. */
export interface CorrectionOptions extends Correction {
  readonly batch: number
  /** Sides of the small picture. */
  readonly height: number
  readonly width: number
  /** How many times larger the other picture is; even. */
  readonly scale: number
}

/** Distances between the taps of the low-pass filter's passes, in pixels of the small picture. */
const dilations = [1, 2, 4]

/**
 * Fine detail comes back weakened by reducing and enlarging, to a quarter at the finest, and colours are limited, so adding
 * what is missing agrees slowly where it matters. Every iteration therefore goes on from a little beyond the last result, in
 * the direction in which it came (Nesterov's momentum), and all but the last add somewhat more than is missing (decision 7).
 */
const momentum = 0.7
const relaxation = 1.2

/** Pixels of the small picture on every side of one that its correction depends on. */
export function correctionReach({ wavelet, iterations }: Correction): number {
  // Reducing and enlarging each reach two small pixels.
  const lowPass = dilations.reduce((sum, dilation) => sum + dilation, 0)
  return 4 * iterations + (wavelet ? 4 + lowPass : 0)
}

/**
 * Pulls an enlarged picture towards the small one, as a graph. What the enlarged picture, reduced again, lacks of the
 * small one is enlarged and added: with `wavelet` first only its low frequencies, which are colours and light (the à-trous
 * wavelet's residual after five levels at four times the size); then in each iteration all of it (iterative
 * back-projection, Irani & Peleg 1991, hastened). Both ways are Pillow's bicubic resize, written as convolutions.
 *
 * Inputs: `small` float32 `[batch, 3, height, width]` and `large` `[batch, 3, height · scale, width · scale]`, in −1…1.
 * Output: `sample`, of the shape of `large`, limited to −1…1.
 */
export function buildCorrection(options: CorrectionOptions): Graph {
  const { batch, height, width, scale, wavelet, iterations } = options
  const graph = createGraphBuilder('Correction')
  const small = graph.input('small', 'float32', [batch, 3, height, width])
  const large = graph.input('large', 'float32', [batch, 3, height * scale, width * scale])
  // Every plane by itself.
  const target = graph.reshape(small, [batch * 3, 1, height, width])
  let result = graph.reshape(large, [batch * 3, 1, height * scale, width * scale])
  const resize = createGraphResize(graph, height, width, scale)
  const missingIn = (picture: Value) => graph.subtract(target, resize.reduce(picture))
  if (wavelet) result = graph.add(result, resize.enlarge(lowPass(graph, missingIn(result))))
  let before = result
  for (let i = 0; i < iterations; i++) {
    const from = i === 0 ? result : graph.add(result, graph.multiply(graph.subtract(result, before), momentum))
    const missing = missingIn(from)
    const step = i + 1 < iterations ? graph.multiply(missing, relaxation) : missing
    before = result
    result = graph.clamp(graph.add(from, resize.enlarge(step)), -1, 1)
  }
  graph.output('sample', graph.clamp(graph.reshape(result, large.shape), -1, 1))
  return graph.finish()
}

/** Keeps the low frequencies of every plane: taps ¼ ½ ¼ ever further apart, those outside the picture left out. */
function lowPass(graph: GraphBuilder, x: Value): Value {
  const [, , height, width] = x.shape as [number, number, number, number]
  const taps = [0.25, 0.5, 0.25]
  const column = graph.constant(float32([1, 1, 3, 1], taps))
  const row = graph.constant(float32([1, 1, 1, 3], taps))
  let result = x
  for (const dilation of dilations) {
    const sums = (size: number) =>
      Array.from({ length: size }, (_, i) => 0.5 + (i >= dilation ? 0.25 : 0) + (i + dilation < size ? 0.25 : 0))
    const vertical = {
      dilation: [dilation, 1],
      padding: { top: dilation, bottom: dilation, left: 0, right: 0 },
    } as const
    const horizontal = {
      dilation: [1, dilation],
      padding: { top: 0, bottom: 0, left: dilation, right: dilation },
    } as const
    result = graph.convolution(graph.convolution(result, column, vertical), row, horizontal)
    result = divideColumns(graph, divideRows(graph, result, sums(height)), sums(width))
  }
  return result
}
