import { ModelFilesError, type RandomAccessFile } from '@latentkit/core'

/** A run of bytes of a file. */
export interface FilePart {
  readonly file: RandomAccessFile
  readonly offset: number
  readonly byteLength: number
}

/** What a computed file is made of, and how. */
export interface Origin {
  /** `joined`: parts end to end. `latin1`: text of which each character is a byte. `inflated`: deflated bytes. */
  readonly how: 'joined' | 'latin1' | 'inflated'
  readonly parts: readonly FilePart[]
}

/** A file that lies nowhere: its bytes are made when read. Tensors in it are not in place. */
export interface ComputedFile extends RandomAccessFile {
  readonly origin: Origin
}

/** A file of `size` bytes that `make` gives for each range asked, which is checked before. */
export function computedFile(
  name: string,
  size: number,
  origin: Origin,
  make: (offset: number, length: number) => Promise<Uint8Array>,
): ComputedFile {
  return {
    name,
    size,
    origin,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new ModelFilesError({ path: name, problem: `bytes ${offset} to ${offset + length} asked of ${size}` })
      }
      return make(offset, length)
    },
  }
}

/** True if the file's bytes are made when read. */
export function isComputed(file: RandomAccessFile): file is ComputedFile {
  return 'origin' in file
}
