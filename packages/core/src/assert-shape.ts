import { InvalidArgumentError } from './errors/index.ts'

/** @throws InvalidArgumentError unless it is a list of whole numbers from 0. */
export function assertShape(shape: readonly number[], expected = 'a list of whole sizes'): void {
  if (Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0)) return
  throw new InvalidArgumentError({ argument: 'shape', value: shape, expected })
}
