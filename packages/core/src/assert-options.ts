import { InvalidArgumentError } from './errors/index.ts'

/**
 * Refuses options of unknown names, such as misspelt ones, which would do nothing. Written as
 * `const names: Record<keyof Options, true> = { … }`, the names are kept complete by the compiler.
 * @param names An object whose keys are the names.
 * @throws InvalidArgumentError naming the first that is unknown, also if its value is undefined.
 */
export function assertOptions(options: object | undefined, names: Readonly<Record<string, unknown>>): void {
  if (options === undefined) return
  const known = Object.keys(names)
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError({
      argument: 'options',
      value: options,
      expected: `an object of ${known.join(', ')}`,
    })
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new InvalidArgumentError({ argument: 'option', value: unknown, expected: `one of ${known.join(', ')}` })
}
