import { randomBytes } from 'node:crypto'
import { open, rm, stat } from 'node:fs/promises'
import { dirname, join, parse, resolve } from 'node:path'
import { assertImage, InvalidArgumentError, PictureError, type RasterImage } from '@latentkit/core'
import { makeFolder } from '../files/make-folder.ts'
import { isBusy, patiently } from '../files/patiently.ts'
import { isSystemError } from '../files/system-error.ts'
import { writeAtomically } from '../files/write-atomically.ts'
import { type EncodeImageOptions, encodeImage } from './encode-image.ts'
import { encoderFor, type PictureShape } from './picture-encoders.ts'
import { pathOfPlace, shortName } from './picture-place.ts'

/**
 * Writes a picture in the format that the path's ending names (png, jpg, webp, avif, tif); folders that are missing are
 * made. The file appears whole or not at all; one that is there is replaced. If that is refused after all, the picture is
 * kept beside it under another name, which the error tells.
 * @param place a path or a `file:` URL
 * @throws PictureError if the ending is unknown, the format cannot hold the picture, or the place cannot be written;
 *   InvalidArgumentError as `encodeImage`.
 */
export async function writeImage(
  place: string | URL,
  image: RasterImage,
  options: EncodeImageOptions = {},
): Promise<void> {
  const path = pathToWrite(place)
  const given = assertImage(image)
  await assertWritable(path, given)
  await writePictureFile(path, await encodeImage(given, path, options))
}

/**
 * Writes the bytes of a picture file, as `encodeImage` gave them, in the way of `writeImage`.
 * @param place a path or a `file:` URL
 * @throws PictureError if the place cannot be written.
 */
export async function writePictureFile(place: string | URL, bytes: Uint8Array): Promise<void> {
  const path = pathToWrite(place)
  try {
    await makeFolder(dirname(path))
    await writeAtomically(path, bytes).catch((cause) => keepBeside(path, bytes, cause))
  } catch (cause) {
    throw isSystemError(cause) ? unwritable(path, cause) : cause
  }
}

/**
 * Finds out whether a picture could be written, before the work of making it.
 * @param place a path or a `file:` URL
 * @param image what will be written: its channels, and its size and samples where they are known
 * @throws PictureError and InvalidArgumentError as `writeImage` would.
 */
export async function assertWritable(place: string | URL, image: PictureShape): Promise<void> {
  const path = pathToWrite(place)
  const name = shortName(path)
  encoderFor(path, image)
  try {
    if ((await statIfThere(path))?.isDirectory())
      throw new PictureError({ picture: name, problem: 'is a folder', hint: 'Name a file in it.' })
    let folder = dirname(resolve(path))
    let found = await statIfThere(folder)
    while (!found && dirname(folder) !== folder) {
      folder = dirname(folder)
      found = await statIfThere(folder)
    }
    if (found && !found.isDirectory()) throw new PictureError({ picture: name, problem: `${folder} is not a folder` })
    await assertTakesFiles(folder)
  } catch (cause) {
    throw isSystemError(cause) ? unwritable(path, cause) : cause
  }
}

function pathToWrite(place: string | URL): string {
  if (typeof place !== 'string' && !(place instanceof URL))
    throw new InvalidArgumentError({ argument: 'place', value: place, expected: 'a path or a file: URL' })
  return pathOfPlace(place, 'Give a path or a file: URL.')
}

/** By making a file: what the system says of permissions is not all that decides (Windows, macOS, shared folders). */
async function assertTakesFiles(folder: string): Promise<void> {
  const probe = join(folder, `.${randomBytes(6).toString('hex')}.part`)
  const file = await open(probe, 'wx')
  await file.close()
  await patiently(() => rm(probe, { force: true }))
}

/** Keeps a finished picture that could not be put in its place: it may have taken hours to make. */
async function keepBeside(path: string, bytes: Uint8Array, cause: unknown): Promise<never> {
  if (!isSystemError(cause)) throw cause
  const { dir, name, ext } = parse(path)
  // Not longer than names can be.
  const beside = join(dir, `${name.slice(0, 60)}-${randomBytes(3).toString('hex')}${ext}`)
  await writeAtomically(beside, bytes).catch(() => {
    throw cause
  })
  const todo = isBusy(cause)
    ? `Close the program that has ${path} open, then move it there`
    : 'Move it where you want it'
  // A link may lead elsewhere than it lies.
  const into = dirname((cause as NodeJS.ErrnoException).path ?? path)
  throw unwritable(path, cause, `The finished picture is kept in ${beside}. ${todo}.`, into)
}

/** What is at a path; undefined if nothing is. */
async function statIfThere(path: string) {
  try {
    return await stat(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

/** @param hint What to do about it. @param into The folder that it was to be in. */
function unwritable(path: string, cause: unknown, hint?: string, into: string = dirname(path)): PictureError {
  const { code, message } = cause as NodeJS.ErrnoException
  const folder = shortName(into)
  const problems: Record<string, string> = {
    ENOENT: `the folder ${folder} cannot be made`,
    ENOTDIR: `${folder} is not a folder`,
    EEXIST: `${folder} is not a folder`,
    EBUSY: 'is in use by another program',
    EISDIR: 'is a folder',
    EACCES: 'may not be written',
    EPERM: 'may not be written',
    ERR_ACCESS_DENIED: 'may not be written: Node was started without --allow-fs-write for it',
    EROFS: 'may not be written: the disk is read-only',
    ENOSPC: 'cannot be written: the disk is full',
    EDQUOT: 'cannot be written: the disk quota is used up',
    ELOOP: 'cannot be written: a link leads back to itself',
    ENAMETOOLONG: 'cannot be written: its name is too long',
  }
  const problem = problems[code ?? ''] ?? `cannot be written: ${message}`
  return new PictureError({ picture: shortName(path), problem, ...(hint !== undefined && { hint }), cause })
}
