import { float32 } from '@latentkit/core'
import type { GraphBuilder, Value } from '@latentkit/onnx-graph'

/** Bicubic resizing of single planes `[n, 1, h, w]` by a whole factor, both ways. */
export interface GraphResize {
  /**
   * `height · scale` × `width · scale` to `height` × `width`. Limited to −1…1 after each direction, the width first, as in a
   * picture of 8 bits: where edges overshoot, only so is it the reduction that others see.
   */
  reduce(x: Value): Value
  /** `height` × `width` to `height · scale` × `width · scale`. */
  enlarge(x: Value): Value
}

/**
 * Pillow's bicubic resize as operators: a strided convolution one way, its transpose the other, each divided by what its
 * kernel sums to at the edges.
 * @param scale 1, or even
 */
export function createGraphResize(graph: GraphBuilder, height: number, width: number, scale: number): GraphResize {
  // Nothing is resized at equal sizes.
  if (scale === 1) return { reduce: (x) => graph.clamp(x, -1, 1), enlarge: (x) => x }
  const kernel = Array.from({ length: 4 * scale }, (_, i) => bicubic((i + 0.5) / scale - 2))
  const margin = (3 * scale) / 2
  const column = graph.constant(float32([1, 1, 4 * scale, 1], kernel))
  const row = graph.constant(float32([1, 1, 1, 4 * scale], kernel))
  const vertical = { stride: [scale, 1], padding: { top: margin, bottom: margin, left: 0, right: 0 } } as const
  const horizontal = { stride: [1, scale], padding: { top: 0, bottom: 0, left: margin, right: margin } } as const
  const sums = (size: number, way: 'reduce' | 'enlarge') => edgeSums(kernel, size, scale, margin, way)
  return {
    reduce(x) {
      const narrow = divideColumns(graph, graph.convolution(x, row, horizontal), sums(width, 'reduce'))
      const small = graph.convolution(graph.clamp(narrow, -1, 1), column, vertical)
      return graph.clamp(divideRows(graph, small, sums(height, 'reduce')), -1, 1)
    },
    enlarge(x) {
      const large = graph.transposedConvolution(graph.transposedConvolution(x, row, horizontal), column, vertical)
      return divideRows(graph, divideColumns(graph, large, sums(width, 'enlarge')), sums(height, 'enlarge'))
    },
  }
}

/** Divides each row by what the taps that lie inside the picture sum to. */
export function divideRows(graph: GraphBuilder, x: Value, sums: readonly number[]): Value {
  return graph.multiply(x, graph.constant(float32([1, 1, sums.length, 1], sums.map(inverse))))
}

/** The same for each column. */
export function divideColumns(graph: GraphBuilder, x: Value, sums: readonly number[]): Value {
  return graph.multiply(x, graph.constant(float32([1, 1, 1, sums.length], sums.map(inverse))))
}

function inverse(sum: number): number {
  return 1 / sum
}

/** What the kernel sums to at each output position, taps outside the picture left out. */
function edgeSums(
  kernel: readonly number[],
  size: number,
  scale: number,
  margin: number,
  way: 'reduce' | 'enlarge',
): number[] {
  const sums = Array<number>(way === 'reduce' ? size : size * scale).fill(0)
  for (let coarse = 0; coarse < size; coarse++) {
    for (const [tap, weight] of kernel.entries()) {
      const fine = coarse * scale + tap - margin
      if (fine >= 0 && fine < size * scale) sums[way === 'reduce' ? coarse : fine]! += weight
    }
  }
  return sums
}

/** Keys 1981 with a = −1/2, for −2…2. */
function bicubic(signed: number): number {
  const x = Math.abs(signed)
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2
}
