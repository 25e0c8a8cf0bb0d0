import { createHash } from 'node:crypto'
import { memoryFile } from '@latentkit/core'
import { expect, test } from 'vitest'
import { noiseBytes } from '../testing/model-fixture.ts'
import { hashBytes } from './hash-bytes.ts'
import { createPortableHash } from './streaming-hash.ts'

test.each([0, 1, 63, 64, 65, 5 * 2 ** 20 + 3])('%i bytes hash as Node’s crypto has it', async (size) => {
  const bytes = noiseBytes(size)
  const file = memoryFile('x', bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  expect(await hashBytes(createPortableHash, 'sha256', file, size)).toBe(sha256)
  const git = createHash('sha1').update(`blob ${size}\0`).update(bytes).digest('hex')
  expect(await hashBytes(createPortableHash, 'git-sha1', file, size)).toBe(git)
})

test('the hash of a git blob is what git says', async () => {
  const text = new TextEncoder().encode('what is up, doc?')
  const hash = await hashBytes(createPortableHash, 'git-sha1', memoryFile('x', text), text.length)
  expect(hash).toBe('bd9dbf5aae1a3862dd1526723246b20206e5fc37')
})
