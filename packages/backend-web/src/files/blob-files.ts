import { ModelFilesError } from '@latentkit/core'
import type { BlobFile } from '../runtime/gather-weights.ts'

/**
 * A file of which the browser has a `Blob`: nothing is in memory until it is read.
 * @param sha256 its hash in hexadecimal digits, where it is known
 */
export function blobFile(name: string, blob: Blob, sha256?: string): BlobFile {
  return {
    name,
    size: blob.size,
    blob,
    ...(sha256 && { sha256 }),
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > blob.size) {
        const problem = `has ${blob.size} bytes, ${length} at ${offset} were asked for`
        throw new ModelFilesError({ path: name, problem, hint: 'Is the file complete?' })
      }
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
      } catch (cause) {
        const problem = 'may not be read, or has changed since it was picked'
        throw new ModelFilesError({ path: name, problem, hint: 'Pick it again.', cause })
      }
    },
  }
}
