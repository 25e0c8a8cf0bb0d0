import { float32, type Tensor } from '@latentkit/core'

/** A rectangle of pixels. */
export interface Area {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** A part of every plane of `[n, c, h, w]`; the tensor itself if the part is all of it. */
export function crop(source: Tensor<'float32'>, { top, left, height, width }: Area): Tensor<'float32'> {
  const [n, c, h, w] = source.shape as [number, number, number, number]
  if (h === height && w === width) return source
  const data = new Float32Array(n * c * height * width)
  for (let line = 0; line < n * c * height; line++) {
    const start = (Math.floor(line / height) * h + top + (line % height)) * w + left
    data.set(source.data.subarray(start, start + width), line * width)
  }
  return float32([n, c, height, width], data)
}
