import { float32, type Tensor } from '@latentkit/core'

/** True if the three channels of a picture `[1, 3, h, w]` are the same. */
export function isGrey({ data }: Tensor<'float32'>): boolean {
  const plane = data.length / 3
  for (let i = 0; i < plane; i++) if (data[i] !== data[i + plane] || data[i] !== data[i + 2 * plane]) return false
  return true
}

/** Gives the three channels of a picture `[1, 3, h, w]` their mean: a network makes some of the pixels of a grey picture coloured. */
export function toGrey({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  const plane = data.length / 3
  const grey = new Float32Array(data.length)
  for (let i = 0; i < plane; i++) grey[i] = (data[i]! + data[i + plane]! + data[i + 2 * plane]!) / 3
  grey.copyWithin(plane, 0, plane)
  grey.copyWithin(2 * plane, 0, plane)
  return float32(shape, grey)
}
