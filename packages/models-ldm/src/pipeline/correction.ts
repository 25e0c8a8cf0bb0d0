import { float32 } from '@latentkit/core'
import { createGraphBuilder, type Graph, type GraphBuilder, type Value } from '@latentkit/onnx-graph'

export interface BackProjectionOptions {
  readonly batch: number
  /** Sides of the small picture. */
  readonly height: number
  readonly width: number
  /** How many times larger the other picture is; even. */
  readonly scale: number
  readonly iterations: number
}

/**
 * Iterative back-projection (Irani & Peleg 1991) as a graph: adds what the enlarged picture, reduced again, lacks of the
 * small one, so that both agree. Both ways are Pillow's bicubic resize, written as convolutions.
 *
 * Inputs: `small` float32 `[batch, 3, height, width]` and `large` `[batch, 3, height · scale, width · scale]`, in −1…1.
 * Output: `sample`, of the shape of `large`, limited to −1…1.
 */
export function buildBackProjection({ batch, height, width, scale, iterations }: BackProjectionOptions): Graph {
  const graph = createGraphBuilder('Back-projection')
  const small = graph.input('small', 'float32', [batch, 3, height, width])
  const large = graph.input('large', 'float32', [batch, 3, height * scale, width * scale])
  // Every plane by itself.
  const target = graph.reshape(small, [batch * 3, 1, height, width])
  let result = graph.reshape(large, [batch * 3, 1, height * scale, width * scale])
  const resize = createResize(graph, height, width, scale)
  for (let i = 0; i < iterations; i++) {
    const missing = graph.subtract(target, resize.reduce(result))
    result = graph.add(result, resize.enlarge(missing))
  }
  graph.output('sample', graph.clamp(graph.reshape(result, large.shape), -1, 1))
  return graph.finish()
}

/** Bicubic resizing by a whole factor: a strided convolution one way, its transpose the other, each divided by what its kernel sums to at the edges. */
function createResize(graph: GraphBuilder, height: number, width: number, scale: number) {
  const kernel = Array.from({ length: 4 * scale }, (_, i) => bicubic((i + 0.5) / scale - 2))
  const margin = (3 * scale) / 2
  const down = [
    edgeSums(kernel, height, scale, margin, 'reduce'),
    edgeSums(kernel, width, scale, margin, 'reduce'),
  ] as const
  const up = [
    edgeSums(kernel, height, scale, margin, 'enlarge'),
    edgeSums(kernel, width, scale, margin, 'enlarge'),
  ] as const
  const column = graph.constant(float32([1, 1, 4 * scale, 1], kernel))
  const row = graph.constant(float32([1, 1, 1, 4 * scale], kernel))
  const vertical = { stride: [scale, 1], padding: { top: margin, bottom: margin, left: 0, right: 0 } } as const
  const horizontal = { stride: [1, scale], padding: { top: 0, bottom: 0, left: margin, right: margin } } as const
  const divide = (x: Value, [rows, columns]: readonly [readonly number[], readonly number[]]) => {
    const byRow = graph.constant(
      float32(
        [1, 1, rows.length, 1],
        rows.map((sum) => 1 / sum),
      ),
    )
    const byColumn = graph.constant(
      float32(
        [1, 1, 1, columns.length],
        columns.map((sum) => 1 / sum),
      ),
    )
    return graph.multiply(graph.multiply(x, byRow), byColumn)
  }
  return {
    reduce: (x: Value) => divide(graph.convolution(graph.convolution(x, column, vertical), row, horizontal), down),
    enlarge: (x: Value) =>
      divide(graph.transposedConvolution(graph.transposedConvolution(x, row, horizontal), column, vertical), up),
  }
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
