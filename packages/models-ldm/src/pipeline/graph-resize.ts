import { float32 } from '@latentkit/core'
import type { GraphBuilder, Value } from '@latentkit/onnx-graph'

/** Bicubic resizing of single planes `[n, 1, h, w]` by a whole factor, both ways. */
export interface GraphResize {
  /** `height · scale` × `width · scale` to `height` × `width`. */
  reduce(x: Value): Value
  /** `height` × `width` to `height · scale` × `width · scale`. */
  enlarge(x: Value): Value
}

/**
 * Pillow's bicubic resize as operators: a strided convolution one way, its transpose the other, each divided by what its
 * kernel sums to at the edges.
 * @param scale even
 */
export function createGraphResize(graph: GraphBuilder, height: number, width: number, scale: number): GraphResize {
  const kernel = Array.from({ length: 4 * scale }, (_, i) => bicubic((i + 0.5) / scale - 2))
  const margin = (3 * scale) / 2
  const column = graph.constant(float32([1, 1, 4 * scale, 1], kernel))
  const row = graph.constant(float32([1, 1, 1, 4 * scale], kernel))
  const vertical = { stride: [scale, 1], padding: { top: margin, bottom: margin, left: 0, right: 0 } } as const
  const horizontal = { stride: [1, scale], padding: { top: 0, bottom: 0, left: margin, right: margin } } as const
  const divide = (x: Value, way: 'reduce' | 'enlarge') => {
    const [rows, columns] = [height, width].map((size) => edgeSums(kernel, size, scale, margin, way))
    return divideByEdgeSums(graph, x, rows!, columns!)
  }
  return {
    reduce: (x) => divide(graph.convolution(graph.convolution(x, column, vertical), row, horizontal), 'reduce'),
    enlarge: (x) =>
      divide(graph.transposedConvolution(graph.transposedConvolution(x, row, horizontal), column, vertical), 'enlarge'),
  }
}

/** Divides by what the taps that lie inside the picture sum to, by row and by column. */
export function divideByEdgeSums(
  graph: GraphBuilder,
  x: Value,
  rows: readonly number[],
  columns: readonly number[],
): Value {
  const inverse = (sums: readonly number[]) => sums.map((sum) => 1 / sum)
  const byRow = graph.constant(float32([1, 1, rows.length, 1], inverse(rows)))
  const byColumn = graph.constant(float32([1, 1, 1, columns.length], inverse(columns)))
  return graph.multiply(graph.multiply(x, byRow), byColumn)
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
