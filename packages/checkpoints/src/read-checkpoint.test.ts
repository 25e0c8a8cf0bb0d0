import { InvalidArgumentError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { readCheckpoint } from './read-checkpoint.ts'

test.each([
  ['a path', 'model.ckpt', 'file is "model.ckpt"; expected'],
  ['a blob', new Blob(['']), 'file is a Blob; expected'],
  ['bytes', new Uint8Array(3), 'file is a Uint8Array of 3 bytes; expected'],
  ['a promise', Promise.resolve(), 'file is a promise, which is to be awaited; expected'],
  ['nothing', undefined, 'file is undefined; expected'],
  ['no name', { size: 0, read: async () => new Uint8Array() }, 'file is {"size":0}; expected'],
])('%s is no file, and the error says how to open one', async (_, file, message) => {
  const error = await readCheckpoint(file as never).catch((caught) => caught)
  expect(error).toBeInstanceOf(InvalidArgumentError)
  expect(error.message).toContain(message)
  expect(error.message).toContain('openDiskFile(path) of @latentkit/backend-node')
  expect(error.message).toContain('memoryFile(name, bytes) of @latentkit/core')
})
