import { InvalidArgumentError } from '@latentkit/core'

/** @throws InvalidArgumentError that says what an argument is and what was expected. */
export function refuse(argument: string, value: unknown, expected: string): never {
  throw new InvalidArgumentError({ argument, value, expected })
}
