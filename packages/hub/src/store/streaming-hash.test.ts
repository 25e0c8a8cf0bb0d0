import { createHash } from 'node:crypto'
import { memoryFile } from '@latentkit/core'
import { expect, test } from 'vitest'
import { noiseBytes } from '../testing/model-fixture.ts'
import { hashBytes } from './hash-bytes.ts'
import { hashFile } from './hash-file.ts'
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

test('a file is hashed in pieces, and not read at all where its hash is known', async () => {
  const bytes = noiseBytes(9 * 2 ** 20 + 1)
  const lengths: number[] = []
  const whole = memoryFile('weights', bytes)
  const file = {
    ...whole,
    read: (offset: number, length: number) => {
      lengths.push(length)
      return whole.read(offset, length)
    },
  }
  expect(await hashFile(file)).toBe(createHash('sha256').update(bytes).digest('hex'))
  expect(lengths.reduce((sum, length) => sum + length)).toBe(bytes.length)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(4 * 2 ** 20)
  lengths.length = 0
  expect(await hashFile({ ...file, sha256: 'known' })).toBe('known')
  expect(lengths).toEqual([])
})
