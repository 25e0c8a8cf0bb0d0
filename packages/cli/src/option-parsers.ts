import { pathOfPlace } from '@latentkit/backend-node'
import { InvalidArgumentError } from '@latentkit/core'

/** Parsers of options for commander; `name` is the option as messages call it. All throw InvalidArgumentError. */
export function number(name: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isNaN(value)) throw new InvalidArgumentError({ argument: name, value: text, expected: 'a number' })
    return value
  }
}

/** Of as many digits as a receipt may have. */
export function wholeNumber(name: string): (text: string) => bigint {
  return (text) => {
    if (!/^[+-]?\d{1,1000}$/.test(text.trim())) {
      const most = text.length > 1000 ? ' of 1000 digits at most' : ''
      throw new InvalidArgumentError({ argument: name, value: text, expected: `a whole number${most}` })
    }
    return BigInt(text.trim().replace(/^\+/, ''))
  }
}

/** A text, but not an empty one, as a variable of a shell gives that was not set. @throws InvalidArgumentError if it is. */
export function words(name: string, expected: string): (text: string) => string {
  return (text) => {
    if (text !== '') return text
    throw new InvalidArgumentError({ argument: name, value: text, expected })
  }
}

/** A path; a file: URL is the one that it means. @throws InvalidArgumentError if it is empty; PictureError for other addresses. */
export function path(name: string): (text: string) => string {
  const parse = words(name, 'a path')
  return (text) => pathOfPlace(parse(text), 'Fetch it first.')
}

/** The same for what is written. */
export function outputPath(text: string): string {
  return pathOfPlace(words('--output', 'a path')(text), 'Give a path.')
}

/** Bytes with or without a unit: 4GB, 512 MiB, 1e9. Less than 1 MB is a unit forgotten. */
export function bytes(name: string): (text: string) => number {
  const units: Readonly<Record<string, number>> = {
    '': 1,
    b: 1,
    ...Object.fromEntries(
      [...'kmgt'].flatMap((unit, i) => [
        [`${unit}b`, 1000 ** (i + 1)],
        [`${unit}ib`, 1024 ** (i + 1)],
        [unit, 1024 ** (i + 1)],
      ]),
    ),
  }
  return (text) => {
    const [, amount, unit] = /^\s*([\d.]+(?:e\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? []
    const value = Number(amount) * (units[unit?.toLowerCase() ?? ''] ?? Number.NaN)
    if (value >= 1e6) return value
    const expected = 'an amount of memory such as 4GB or 512MiB'
    throw new InvalidArgumentError({ argument: name, value: text, expected })
  }
}

/** A whole number from 1. */
export function count(name: string, largest: number = Number.POSITIVE_INFINITY): (text: string) => number {
  const parse = number(name)
  return (text) => {
    const value = parse(text)
    if (Number.isInteger(value) && value > 0 && value <= largest) return value
    const expected = largest === Number.POSITIVE_INFINITY ? 'above 0' : `from 1 to ${largest}`
    throw new InvalidArgumentError({ argument: name, value: text, expected: `a whole number ${expected}` })
  }
}
