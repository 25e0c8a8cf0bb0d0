import { ModelFilesError } from './errors/index.ts'
import type { ModelFiles, RandomAccessFile } from './model-files.ts'

/** A file held in memory. */
export function memoryFile(name: string, bytes: Uint8Array): RandomAccessFile {
  return {
    name,
    size: bytes.byteLength,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes.byteLength) {
        throw new ModelFilesError({
          path: name,
          problem: `bytes ${offset} to ${offset + length} asked of ${bytes.byteLength}`,
        })
      }
      return bytes.subarray(offset, offset + length)
    },
  }
}

/** A model whose files are held in memory: for tests, embedded models and downloads without a disk. Text is stored as UTF-8. */
export function memoryFiles(name: string, files: Readonly<Record<string, Uint8Array | string>>): ModelFiles {
  const encoder = new TextEncoder()
  return {
    name,
    list: async () => Object.keys(files).sort(),
    async open(path) {
      const content = files[path]
      if (content === undefined) throw new ModelFilesError({ path: `${name}/${path}`, problem: 'no such file' })
      return memoryFile(path, typeof content === 'string' ? encoder.encode(content) : content)
    },
    async dispose() {},
  }
}
