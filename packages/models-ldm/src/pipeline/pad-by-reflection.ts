import { float32, type Tensor } from '@latentkit/core'

/** Enlarges `[n, c, h, w]` to the right and below by mirroring what is there, as often as needed. */
export function padByReflection(source: Tensor<'float32'>, height: number, width: number): Tensor<'float32'> {
  const [n, c, h, w] = source.shape as [number, number, number, number]
  if (h === height && w === width) return source
  const rows = Array.from({ length: height }, (_, y) => mirror(y, h))
  const columns = Array.from({ length: width }, (_, x) => mirror(x, w))
  const data = new Float32Array(n * c * height * width)
  let position = 0
  for (let plane = 0; plane < n * c; plane++) {
    for (const row of rows) {
      const start = (plane * h + row) * w
      for (const column of columns) data[position++] = source.data[start + column]!
    }
  }
  return float32([n, c, height, width], data)
}

/** Position within `size` when walking to and fro without repeating the ends: 0 1 2 1 0 1 2 … */
function mirror(position: number, size: number): number {
  if (size === 1) return 0
  const phase = position % (2 * size - 2)
  return phase < size ? phase : 2 * size - 2 - phase
}
