import type { Tensor } from '@latentkit/core'

/** A rough picture of the first three channels of latents: enough to see something take shape. */
export function latentPreview({ shape, data }: Tensor<'float32'>, width: number, height: number): ImageData {
  const [, channels, rows, columns] = shape as [number, number, number, number]
  const plane = rows * columns
  const picture = new ImageData(width, height)
  for (let c = 0; c < 3; c++) {
    const values = data.subarray(Math.min(c, channels - 1) * plane, (Math.min(c, channels - 1) + 1) * plane)
    let [low, high] = [Infinity, -Infinity]
    for (const value of values) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
    // Latents are padded to the right and below; that part is left out.
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        picture.data[(y * width + x) * 4 + c] = (255 * (values[y * columns + x]! - low)) / (high - low || 1)
      }
    }
  }
  for (let i = 3; i < picture.data.length; i += 4) picture.data[i] = 255
  return picture
}
