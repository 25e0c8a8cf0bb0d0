import { InvalidArgumentError, type Tensor } from '@latentkit/core'
import type { InputShape } from '../input-shape.ts'
import { requireFiniteArgument } from './check-finite.ts'

/**
 * The sizes of small pictures that are given as a tensor.
 * @throws InvalidArgumentError unless it is float32 `[n, 3, h, w]`, finite, with sides that are multiples of `multiple`.
 */
export function checkInput(small: Tensor<'float32'>, multiple: number): InputShape {
  if (small?.dtype !== 'float32')
    throw new InvalidArgumentError({ argument: 'image', value: small?.dtype ?? small, expected: 'a float32 tensor' })
  const [batch, channels, height, width] = small.shape
  const fits =
    small.shape.length === 4 && batch! > 0 && channels === 3 && height! % multiple === 0 && width! % multiple === 0
  if (!fits) {
    const expected = `a shape [n, 3, height, width] with sides that are multiples of ${multiple}`
    throw new InvalidArgumentError({ argument: 'image', value: small.shape, expected })
  }
  requireFiniteArgument('image', small)
  return { batch: batch!, height: height!, width: width! }
}
