import { createTorchGenerator, float32, type Tensor } from '@latentkit/core'

/** Noise of a picture's size, mostly within −1…1, the same for a seed. */
export function draw(shape: number[], seed: number): Tensor<'float32'> {
  const { data } = createTorchGenerator(seed).randn(shape)
  return float32(
    shape,
    data.map((value) => value * 0.4),
  )
}
