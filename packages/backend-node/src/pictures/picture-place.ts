import { fileURLToPath } from 'node:url'
import { PictureError } from '@latentkit/core'

/** More than the letter of a drive before a colon and two slashes, a file's with one, or data. */
const address = /^(?:[a-z][a-z\d+.-]+:\/\/|file:\/|data:[^,]*,)/i

/**
 * The path that a picture's place means: a path, or a file URL, as an object or as text.
 * @param todo what to do about the address of something else
 * @throws PictureError for what is no file on this machine.
 */
export function pathOfPlace(place: string | URL, todo: string): string {
  const text = String(place)
  const fail = (problem: string, hint?: string, cause?: unknown) =>
    new PictureError({ picture: shortName(text), problem, ...(hint !== undefined && { hint }), cause })
  if (text.includes('\0')) throw fail('is no name of a file')
  if (typeof place === 'string' && !address.test(place)) return place
  if (!/^file:/i.test(text)) throw fail('is an address, not a file', todo)
  try {
    return fileURLToPath(text)
  } catch (cause) {
    throw fail('is no address of a file on this machine', undefined, cause)
  }
}

/** A path or an address as messages say it: of a long one the beginning and the end. */
export function shortName(name: string): string {
  return name.length > 200 ? `${name.slice(0, 120)}…${name.slice(-79)}` : name
}
