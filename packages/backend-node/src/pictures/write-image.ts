import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { LatentkitError, PictureError, type RasterImage } from '@latentkit/core'
import { makeFolder } from '../files/make-folder.ts'
import { writeAtomically } from '../files/write-atomically.ts'
import { type EncodeImageOptions, encodeImage } from './encode-image.ts'
import { encoderFor, type PictureShape } from './picture-encoders.ts'

/**
 * Writes a picture in the format that the path's ending names (png, jpg, webp, avif, tif); folders that are missing are
 * made. The file appears whole or not at all; one that is there is replaced.
 * @throws PictureError if the ending is unknown, the format cannot hold the picture, or the place cannot be written;
 *   InvalidArgumentError as `encodeImage`.
 */
export async function writeImage(path: string, image: RasterImage, options: EncodeImageOptions = {}): Promise<void> {
  await assertWritable(path, image)
  try {
    const bytes = await encodeImage(image, path, options)
    await makeFolder(dirname(path))
    await writeAtomically(path, bytes)
  } catch (cause) {
    throw LatentkitError.isInstance(cause) ? cause : unwritable(path, cause)
  }
}

/**
 * Finds out whether a picture could be written to `path`, before the work of making it.
 * @param image what will be written: its channels, and its size and samples where they are known
 * @throws PictureError as `writeImage` would.
 */
export async function assertWritable(path: string, image: PictureShape): Promise<void> {
  encoderFor(path, image)
  try {
    if ((await statIfThere(path))?.isDirectory())
      throw new PictureError({ picture: path, problem: 'is a folder', hint: 'Name a file in it.' })
    let folder = dirname(resolve(path))
    while (!(await statIfThere(folder)) && dirname(folder) !== folder) folder = dirname(folder)
    // With a separator, so that a file in the folder's place is refused, too.
    await access(folder + sep, constants.W_OK)
  } catch (cause) {
    throw PictureError.isInstance(cause) ? cause : unwritable(path, cause)
  }
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

function unwritable(path: string, cause: unknown): PictureError {
  const { code, message } = cause as NodeJS.ErrnoException
  const problems: Record<string, string> = {
    ENOENT: `the folder ${dirname(path)} cannot be made`,
    ENOTDIR: `${dirname(path)} is not a folder`,
    EISDIR: 'is a folder',
    EACCES: 'may not be written',
    EPERM: 'may not be written',
    EROFS: 'may not be written: the disk is read-only',
    ENOSPC: 'cannot be written: the disk is full',
    EDQUOT: 'cannot be written: the disk quota is used up',
    ELOOP: 'cannot be written: a link leads back to itself',
    ENAMETOOLONG: 'cannot be written: its name is too long',
  }
  return new PictureError({ picture: path, problem: problems[code ?? ''] ?? `cannot be written: ${message}`, cause })
}
