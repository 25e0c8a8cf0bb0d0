import { float32, type Tensor } from '@latentkit/core'

/** Two tensors `[n, c, h, w]` one behind the other along their channels, picture by picture. */
export function concatenateChannels(a: Tensor<'float32'>, b: Tensor<'float32'>): Tensor<'float32'> {
  const [n, channelsA, height, width] = a.shape as [number, number, number, number]
  const sizeA = a.data.length / n
  const sizeB = b.data.length / n
  const data = new Float32Array(a.data.length + b.data.length)
  for (let i = 0; i < n; i++) {
    data.set(a.data.subarray(i * sizeA, (i + 1) * sizeA), i * (sizeA + sizeB))
    data.set(b.data.subarray(i * sizeB, (i + 1) * sizeB), i * (sizeA + sizeB) + sizeA)
  }
  return float32([n, channelsA + b.shape[1]!, height, width], data)
}
