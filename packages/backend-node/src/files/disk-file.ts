import { open, realpath, stat } from 'node:fs/promises'
import { ModelFilesError, type RandomAccessFile } from '@latentkit/core'
import { reading } from '../store/disk-problem.ts'

/** A file on disk, opened for each read: nothing has to be closed. `name` is what messages call it. */
export async function openDiskFile(path: string, name: string = path): Promise<RandomAccessFile> {
  const localPath = await reading(path, () => realpath(path))
  const status = await reading(path, () => stat(localPath))
  if (!status.isFile()) throw new ModelFilesError({ path, problem: 'is not a file' })
  return {
    name,
    size: status.size,
    localPath,
    read: (offset, length) => reading(path, () => readBytes(localPath, path, offset, length)),
  }
}

async function readBytes(localPath: string, path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(localPath, 'r')
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
}
