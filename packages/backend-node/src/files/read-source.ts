import { fileURLToPath } from 'node:url'
import { InvalidArgumentError } from '@latentkit/core'

/**
 * Reads what `openModel` was given: a path, a name or an address, as text or as a URL, or the file URLs of a model by path.
 * @returns The same, a file URL as a path.
 * @throws InvalidArgumentError for anything else.
 */
export function readSource(source: unknown): string | Readonly<Record<string, URL>> {
  if (source instanceof URL || typeof source === 'string') {
    const text = isFileUrl(source) ? pathOf(source) : String(source)
    if (!text.includes('\0')) return text
  }
  const urls = Object.values(source ?? {})
  if (typeof source === 'object' && urls.length > 0 && urls.every(isFileUrl)) return source as Record<string, URL>
  throw wrong(source)
}

function isFileUrl(url: unknown): boolean {
  return (typeof url === 'string' || url instanceof URL) && /^file:\/\//i.test(String(url))
}

function pathOf(url: string | URL): string {
  try {
    return fileURLToPath(url)
  } catch {
    throw wrong(String(url))
  }
}

function wrong(value: unknown): InvalidArgumentError {
  const expected = 'a path, a name, an address, or file URLs by their paths within the model'
  return new InvalidArgumentError({ argument: 'model', value, expected })
}
