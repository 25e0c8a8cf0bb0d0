import { InvalidArgumentError } from '@latentkit/core'

/** @throws InvalidArgumentError that says what an argument is and what was expected. */
export function refuse(argument: string, value: unknown, expected: string): never {
  throw new InvalidArgumentError({ argument, value, expected })
}

/** The properties of an object that have a value. */
export function defined<Part extends object>(object: Part): Part {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Part
}
