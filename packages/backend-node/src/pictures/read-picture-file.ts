import { type FileHandle, open } from 'node:fs/promises'
import { types } from 'node:util'
import { InvalidArgumentError, PictureError, recognizedBytes, recognizePicture } from '@latentkit/core'
import { type ReadableFormat, readableFormats } from './picture-format.ts'
import { pathOfPlace, shortName } from './picture-place.ts'

/** A picture file's bytes, and what they are. */
export interface PictureFile {
  /** The path, the name of a `File`, or `picture` for other bytes: how messages call it. */
  readonly picture: string
  readonly bytes: Uint8Array
  readonly format: ReadableFormat
}

/** What pictures are read from: a path, a file URL (as text, too), the bytes of a picture file, or what `readPictureFile` gave. */
export type PictureSource = string | URL | Uint8Array | ArrayBuffer | Blob | PictureFile

/**
 * Reads a file once, unless its first bytes show that it is no picture. What was read already stays as it is.
 * @throws PictureError that says what it is instead, or why it cannot be read; InvalidArgumentError for what is no source.
 */
export async function readPictureFile(source: PictureSource): Promise<PictureFile> {
  if (typeof source === 'string' || source instanceof URL) {
    const path = pathOfPlace(source, 'Fetch it, and give the bytes.')
    const bytes = await readBytes(path)
    return pictureFile(path, bytes)
  }
  if (source instanceof Blob) return readBlob(source)
  if (types.isArrayBuffer(source)) return pictureFile('picture', new Uint8Array(source))
  if (ArrayBuffer.isView(source))
    return pictureFile('picture', new Uint8Array(source.buffer, source.byteOffset, source.byteLength))
  if (ArrayBuffer.isView(source?.bytes)) return source
  const expected = 'a path, a file: URL or the bytes of a picture file (a Uint8Array, an ArrayBuffer or a Blob)'
  throw new InvalidArgumentError({ argument: 'source', value: source, expected })
}

function pictureFile(picture: string, bytes: Uint8Array): PictureFile {
  return { picture, bytes, format: assertPicture(picture, bytes) }
}

/** The format that the first bytes show. @throws PictureError that says what it is instead. */
export function assertPicture(picture: string, head: Uint8Array): ReadableFormat {
  const found = recognizePicture(head, readableFormats)
  if ('format' in found) return found.format
  throw new PictureError({ picture: shortName(picture), ...found })
}

async function readBlob(blob: Blob): Promise<PictureFile> {
  const picture = shortName((blob as Partial<File>).name || 'picture')
  try {
    // Looked at before the rest is read: it may be a film.
    assertPicture(picture, new Uint8Array(await blob.slice(0, recognizedBytes).arrayBuffer()))
    return pictureFile(picture, new Uint8Array(await blob.arrayBuffer()))
  } catch (cause) {
    if (PictureError.isInstance(cause)) throw cause
    throw new PictureError({ picture, problem: `cannot be read: ${(cause as Error).message}`, cause })
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path)
    try {
      const head = await readHead(file)
      // Looked at before the rest is read: it may be a film, or a device without an end.
      assertPicture(path, head)
      return Buffer.concat([head, await file.readFile()])
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (PictureError.isInstance(cause)) throw cause
    throw new PictureError({ picture: shortName(path), problem: problemOf(cause as NodeJS.ErrnoException), cause })
  }
}

/** The first bytes; a pipe gives them in as many pieces as it likes. */
async function readHead(file: FileHandle): Promise<Uint8Array> {
  const head = new Uint8Array(recognizedBytes)
  for (let done = 0; done < head.length; ) {
    const { bytesRead } = await file.read(head, done, head.length - done)
    if (bytesRead === 0) return head.subarray(0, done)
    done += bytesRead
  }
  return head
}

function problemOf({ code, message }: NodeJS.ErrnoException): string {
  const problems: Record<string, string> = {
    ENOENT: 'no such file',
    ENOTDIR: 'no such file',
    EISDIR: 'is a folder, not a picture',
    EACCES: 'may not be read',
    EPERM: 'may not be read',
    ERR_ACCESS_DENIED: 'may not be read: Node was started without --allow-fs-read for it',
    ELOOP: 'is a link that leads back to itself',
    ENAMETOOLONG: 'is too long a name',
    ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GB',
  }
  return problems[code ?? ''] ?? `cannot be read: ${message}`
}
