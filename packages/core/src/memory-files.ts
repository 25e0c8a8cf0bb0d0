import { isTypedArray } from './dtype.ts'
import { InvalidArgumentError, ModelFilesError } from './errors/index.ts'
import type { ModelFiles, RandomAccessFile } from './model-files.ts'

/** A file held in memory. @throws InvalidArgumentError if its content is no Uint8Array. */
export function memoryFile(name: string, bytes: Uint8Array): RandomAccessFile {
  if (!isTypedArray('Uint8Array', bytes))
    throw new InvalidArgumentError({ argument: 'bytes', value: bytes, expected: 'a Uint8Array' })
  return {
    name,
    size: bytes.byteLength,
    async read(offset, length) {
      const isWhole = Number.isInteger(offset) && Number.isInteger(length)
      if (!isWhole || offset < 0 || length < 0 || offset + length > bytes.byteLength) {
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
      const content = Object.hasOwn(files, path) ? files[path] : undefined
      if (content === undefined) throw new ModelFilesError({ path: `${name}/${path}`, problem: 'no such file' })
      return memoryFile(path, typeof content === 'string' ? encoder.encode(content) : content)
    },
    async dispose() {},
  }
}
