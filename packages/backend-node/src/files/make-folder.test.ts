import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeFolder } from './make-folder.ts'

vi.mock('node:fs/promises', { spy: true })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('those that are missing are made, those that are there stay', async () => {
  for (let i = 0; i < 2; i++) await makeFolder(join(folder, 'a', 'b', 'c'))
  expect((await stat(join(folder, 'a', 'b', 'c'))).isDirectory()).toBe(true)
})

test('the root of a drive is there, whatever Windows says', async () => {
  vi.mocked(mkdir).mockRejectedValueOnce(Object.assign(new Error("EPERM: mkdir 'E:\\'"), { code: 'EPERM' }))
  await makeFolder(folder)
  vi.mocked(mkdir).mockRejectedValueOnce(Object.assign(new Error('EPERM'), { code: 'EPERM' }))
  await expect(makeFolder(join(folder, 'new'))).rejects.toMatchObject({ code: 'EPERM' })
})

test('a file in its place is an error', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
})
