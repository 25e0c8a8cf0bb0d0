import { float32 } from '@latentkit/core'
import type { GraphBuilder, Value } from '@latentkit/onnx-graph'

type Matrix = readonly (readonly number[])[]

/** Outputs along one side of a tile, and the inputs that they depend on. */
const side = 4
const reach = side + 2

/** What each dimension of a tile's inputs, of the weights and of their products is multiplied with: F(4, 3) of the paper. */
const inputMatrix: Matrix = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
]
const weightMatrix: Matrix = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
]
const productMatrix: Matrix = [
  [1, 0, 0, 0],
  [1, 1, 1, 1],
  [1, -1, 1, -1],
  [1, 2, 4, 8],
  [1, -2, 4, -8],
  [0, 0, 0, 1],
]

/** True where Winograd's way was measured to be faster on a CPU: many channels to share what cutting tiles costs, and tiles enough. */
export function paysAsWinograd([n, channelsIn, height, width]: readonly number[], channelsOut: number): boolean {
  const sharing = 1 / (1 / channelsIn! + 1 / channelsOut)
  return sharing > 64 && n! * height! * width! >= 16 * side ** 2
}

/**
 * A 3×3 convolution of `[n, in, h, w]` with weights `[out, in, 3, 3]`, stride 1 and a border of one zero, with a quarter of
 * the multiplications, and rounding errors a few times as large. The weights are transformed when the session is made, to four times their size.
 * Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks".
 */
export function winogradConvolution(graph: GraphBuilder, x: Value, weight: Value): Value {
  const [n, channelsIn, height, width] = x.shape as [number, number, number, number]
  const channelsOut = weight.shape[0]!
  const [rows, columns] = [Math.ceil(height / side), Math.ceil(width / side)]
  const tiles = rows * columns
  const matrix = (of: Matrix, shape: readonly number[]) => graph.constant(float32(shape, kronecker(of)))

  // One convolution that sees each channel by itself cuts it into tiles and transforms them.
  const cut = graph.convolution(
    graph.reshape(x, [n * channelsIn, 1, height, width]),
    matrix(inputMatrix, [reach ** 2, 1, reach, reach]),
    { stride: side, padding: { top: 1, left: 1, bottom: rows * side + 1 - height, right: columns * side + 1 - width } },
  )
  const inputs = graph.transpose(graph.reshape(cut, [n, channelsIn, reach ** 2, tiles]), [2, 1, 0, 3])
  const weights = graph.gemm(
    matrix(weightMatrix, [reach ** 2, 9]),
    graph.reshape(weight, [channelsOut * channelsIn, 9]),
    { transposeB: true },
  )
  const products = graph.matrixProduct(
    graph.reshape(weights, [reach ** 2, channelsOut, channelsIn]),
    graph.reshape(inputs, [reach ** 2, channelsIn, n * tiles]),
  )
  // The same the other way round: a transposed convolution transforms each channel's products and puts the tiles side by side.
  const byChannel = graph.transpose(graph.reshape(products, [reach ** 2, channelsOut, n, tiles]), [2, 1, 0, 3])
  const joined = graph.transposedConvolution(
    graph.reshape(byChannel, [n * channelsOut, reach ** 2, rows, columns]),
    matrix(productMatrix, [reach ** 2, 1, side, side]),
    { stride: side, padding: { top: 0, left: 0, bottom: rows * side - height, right: columns * side - width } },
  )
  return graph.reshape(joined, [n, channelsOut, height, width])
}

/** `matrix ⊗ matrix`, row-major: what the matrix does along rows and columns at once. */
function kronecker(matrix: Matrix): number[] {
  return matrix.flatMap((left) => matrix.flatMap((right) => left.flatMap((a) => right.map((b) => a * b))))
}
