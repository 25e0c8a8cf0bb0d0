import { ModelFilesError, type RandomAccessFile } from '@latentkit/core'

/** A file that lies nowhere: its bytes are made when read. Tensors in it are not in place. */
export interface ComputedFile extends RandomAccessFile {
  readonly computed: true
}

/** A file of `size` bytes that `make` gives for each range asked, which is checked before. */
export function computedFile(
  name: string,
  size: number,
  make: (offset: number, length: number) => Promise<Uint8Array>,
): ComputedFile {
  return {
    name,
    size,
    computed: true,
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
  return 'computed' in file
}
