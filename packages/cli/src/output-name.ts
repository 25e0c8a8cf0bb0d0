import { extname } from 'node:path'
import { InvalidArgumentError } from '@latentkit/core'

/** Formats that are written, by their endings without the dot. */
export const formats: readonly string[] = ['png', 'jpg', 'webp', 'avif', 'tif']

/** Other endings of the same formats. */
const others: Readonly<Record<string, string>> = { jpeg: 'jpg', tiff: 'tif' }

/**
 * @param format what `--format` says
 * @throws InvalidArgumentError if a file's name has no ending, one of no format, or one that is not of the format asked for.
 */
export function assertFileName(output: string, format?: string): void {
  const ending = extname(output).slice(1).toLowerCase()
  if (ending === '') {
    const expected = `a file whose ending names the format, such as ${output}.png, or a folder, whose name ends with /: ${output}/`
    throw new InvalidArgumentError({ argument: '--output', value: output, expected })
  }
  assertFormat(output)
  if (format === undefined || format === (others[ending] ?? ending)) return
  const expected = `none beside --output ${output}, whose ending names the format`
  throw new InvalidArgumentError({ argument: '--format', value: format, expected })
}

/** @throws InvalidArgumentError if the ending of a file's name is of no format that is written. */
export function assertFormat(output: string): void {
  const ending = extname(output).toLowerCase()
  if (formats.includes(others[ending.slice(1)] ?? ending.slice(1))) return
  const endings = [...formats, ...Object.keys(others)].map((name) => `.${name}`)
  const why = ending === '' ? '' : `: ${ending} is no picture format that can be written`
  const expected = `a name that ends with one of ${endings.join(', ')}${why}`
  throw new InvalidArgumentError({ argument: '--output', value: output, expected })
}
