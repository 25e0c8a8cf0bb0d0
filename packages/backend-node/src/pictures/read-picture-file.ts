import { type FileHandle, open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { InvalidArgumentError, PictureError } from '@latentkit/core'
import { fileKind, headBytes, type PictureFormat, readableFormats } from './picture-format.ts'

/** A picture file's bytes, and what they are. */
export interface PictureFile {
  /** The path, or `picture` for bytes: how messages call it. */
  readonly picture: string
  readonly bytes: Uint8Array
  readonly format: PictureFormat
}

/**
 * Reads a file once, unless its first bytes show that it is no picture. What was read already stays as it is.
 * @param source a path, a `file:` URL, the bytes of a picture file, or what this function gave
 * @throws PictureError that says what it is instead, or why it cannot be read; InvalidArgumentError for anything else.
 */
export async function readPictureFile(source: string | URL | Uint8Array | PictureFile): Promise<PictureFile> {
  const given = source instanceof URL ? pathOf(source) : source
  if (typeof given === 'string') {
    const bytes = await readBytes(given)
    return { picture: given, bytes, format: assertPicture(given, bytes) }
  }
  if (ArrayBuffer.isView(given)) return { picture: 'picture', bytes: given, format: assertPicture('picture', given) }
  if (ArrayBuffer.isView(given?.bytes)) return given
  const expected = 'a path, a file: URL or the bytes of a picture file'
  throw new InvalidArgumentError({ argument: 'source', value: source, expected })
}

function pathOf(url: URL): string {
  if (url.protocol === 'file:') return fileURLToPath(url)
  const hint = 'Fetch it, and give the bytes.'
  throw new PictureError({ picture: url.href, problem: 'is an address, not a file', hint })
}

function assertPicture(picture: string, head: Uint8Array): PictureFormat {
  if (head.length === 0) throw new PictureError({ picture, problem: 'is empty', hint: readableFormats })
  const kind = fileKind(head)
  if (!kind) throw new PictureError({ picture, problem: 'is not a picture that can be read', hint: readableFormats })
  if ('format' in kind) return kind.format
  throw new PictureError({ picture, problem: kind.other, ...(kind.hint && { hint: kind.hint }) })
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
    throw new PictureError({ picture: path, problem: problemOf(cause as NodeJS.ErrnoException), cause })
  }
}

/** The first bytes; a pipe gives them in as many pieces as it likes. */
async function readHead(file: FileHandle): Promise<Uint8Array> {
  const head = new Uint8Array(headBytes)
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
    ELOOP: 'is a link that leads back to itself',
    ENAMETOOLONG: 'is too long a name',
    ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GB',
    ERR_INVALID_ARG_VALUE: 'is no name of a file',
  }
  return problems[code ?? ''] ?? `cannot be read: ${message}`
}
