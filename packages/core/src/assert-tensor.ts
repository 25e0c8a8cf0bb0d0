import type { DType } from './dtype.ts'
import { InvalidArgumentError } from './errors/index.ts'
import { type Tensor, tensor } from './tensor.ts'

/**
 * A tensor that somebody gives, checked as `tensor` checks it.
 * @throws InvalidArgumentError if it is none.
 */
export function assertTensor<D extends DType>(given: Tensor<D>): Tensor<D> {
  if (typeof given === 'object' && given !== null && 'data' in given)
    return tensor(given.dtype, given.shape, given.data)
  throw new InvalidArgumentError({ argument: 'tensor', value: given, expected: 'a tensor: dtype, shape and data' })
}
