import { open, realpath, stat } from 'node:fs/promises'
import { ModelFilesError, type RandomAccessFile } from '@latentkit/core'

/** A file on disk, opened for each read: nothing has to be closed. `name` is what messages call it. */
export async function openDiskFile(path: string, name: string = path): Promise<RandomAccessFile> {
  const localPath = await realpath(path).catch((cause) => {
    throw new ModelFilesError({ path, problem: cause.code === 'ENOENT' ? 'no such file' : cause.message, cause })
  })
  const status = await stat(localPath)
  if (!status.isFile()) throw new ModelFilesError({ path, problem: 'is not a file' })
  return {
    name,
    size: status.size,
    localPath,
    async read(offset, length) {
      const file = await open(localPath, 'r').catch((cause) => {
        throw new ModelFilesError({ path, problem: `cannot be read: ${cause.code ?? cause.message}`, cause })
      })
      try {
        const bytes = new Uint8Array(length)
        let done = 0
        while (done < length) {
          const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
          if (bytesRead === 0) {
            const problem = `ends at byte ${offset + done}; ${length} bytes from ${offset} were asked for`
            throw new ModelFilesError({ path, problem, hint: 'Is the file complete?' })
          }
          done += bytesRead
        }
        return bytes
      } finally {
        await file.close()
      }
    },
  }
}
