import { assertTensor } from './assert-tensor.ts'
import { InvalidArgumentError } from './errors/index.ts'
import type { Tensor } from './tensor.ts'

/**
 * The four sizes of a tensor that somebody gives as pictures or latents.
 * @throws InvalidArgumentError unless it is a float32 tensor `[batch, channels, height, width]`, none of them 0.
 */
export function assertPlanes(given: Tensor): readonly [number, number, number, number] {
  const { dtype, shape } = assertTensor(given)
  if (dtype !== 'float32') {
    const hint = 'Convert it by widenToFloat32.'
    throw new InvalidArgumentError({ argument: 'tensor', value: dtype, expected: 'float32', hint })
  }
  if (shape.length !== 4 || shape.includes(0)) {
    const expected = 'a shape [batch, channels, height, width], none of them 0'
    throw new InvalidArgumentError({ argument: 'tensor', value: shape, expected })
  }
  return shape as unknown as readonly [number, number, number, number]
}
