import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CheckpointError, type DerivedFile, memoryFile, type RandomAccessFile } from '@latentkit/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openDiskFile } from '../files/disk-file.ts'
import { createDerivedFiles, removeOrphans } from './derived-files.ts'

vi.mock('node:fs/promises', { spy: true })

let folder: string
let cache: string
let source: string
let made: number
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'latentkit-')))
  cache = join(folder, 'cache')
  source = join(folder, 'model.pdparams')
  await writeFile(source, 'hello')
  made = 0
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.resetAllMocks()
  await rm(folder, { recursive: true })
})

/** The source in capitals. */
const shout = async (recipe = 'capitals', path = source): Promise<DerivedFile> => {
  const file = await openDiskFile(path)
  return {
    sources: [file],
    recipe,
    size: file.size,
    async make(write) {
      made++
      const text = new TextDecoder().decode(await file.read(0, file.size)).toUpperCase()
      for (const letter of text) await write(new TextEncoder().encode(letter))
    },
  }
}
const derive = async (...args: Parameters<typeof shout>) => createDerivedFiles(cache)(await shout(...args))
const textOf = async (file: RandomAccessFile | undefined) => new TextDecoder().decode(await file!.read(0, file!.size))
/** Everything in the cache but what says where it comes from. */
const kept = async () =>
  (await readdir(cache, { recursive: true, withFileTypes: true })).flatMap((entry) =>
    entry.isFile() && entry.name !== 'sources.json' ? [join(entry.parentPath ?? entry.path, entry.name)] : [],
  )

test('a file is made once and found by others', async () => {
  const first = await derive()
  expect(await textOf(first)).toBe('HELLO')
  expect(first!.localPath).toBe((await kept())[0])
  expect(await textOf(await derive())).toBe('HELLO')
  expect(made).toBe(1)
  expect(await kept()).toHaveLength(1)
})

test('several at once make one', async () => {
  const files = await Promise.all([derive(), derive(), derive()])
  expect(await Promise.all(files.map(textOf))).toEqual(['HELLO', 'HELLO', 'HELLO'])
  expect(made).toBe(1)
})

test.each([
  ['written', () => writeFile(source, 'other')],
  [
    'replaced, with the old times',
    async () => {
      const other = join(folder, 'other')
      await writeFile(other, 'other')
      const past = new Date('2020-01-01')
      await utimes(source, past, past)
      await derive()
      await utimes(other, past, past)
      await rename(other, source)
    },
  ],
])('what was made of a source that was %s is made anew, and the old one goes', async (_, change) => {
  await derive()
  await change()
  expect(await textOf(await derive())).toBe('OTHER')
  expect(await kept()).toHaveLength(1)
})

test('another recipe is another file, and both stay', async () => {
  const [first, second] = [await derive(), await derive('capitals 2')]
  expect(made).toBe(2)
  expect((await kept()).sort()).toEqual([first!.localPath, second!.localPath].sort())
  expect(await textOf(await derive())).toBe('HELLO')
  expect(made).toBe(2)
})

test.each([
  ['spoilt', (path: string) => writeFile(path, 'HELLA')],
  ['cut short', (path: string) => writeFile(path, 'HEL')],
])('what was %s on disk is noticed and made anew', async (_, spoil) => {
  await derive()
  await spoil((await kept())[0]!)
  expect(await textOf(await derive())).toBe('HELLO')
  expect(await readFile((await kept())[0]!, 'utf8')).toBe('HELLO')
  expect(made).toBe(2)
})

test('what was made of files that are gone goes when something else is made', async () => {
  await derive()
  const other = join(folder, 'other')
  await writeFile(other, 'other')
  await rm(source)
  await derive('capitals', other)
  expect(await Promise.all((await kept()).map((path) => readFile(path, 'utf8')))).toEqual(['OTHER'])
})

test('a source that changes while it is read is not kept', async () => {
  const file = await shout()
  const result = await createDerivedFiles(cache)({
    ...file,
    async make(write) {
      await file.make(write)
      await writeFile(source, 'later')
    },
  })
  expect(result).toBeUndefined()
  expect(await kept()).toEqual([])
})

test('where nothing can be written, nothing is kept', async () => {
  await writeFile(cache, 'a file is in the way')
  expect(await derive()).toBeUndefined()
})

test.skipIf(process.platform !== 'linux')('where there is no room, nothing is kept or left', async () => {
  await mkdir(cache)
  const file = await shout()
  // More than any disk has.
  expect(await createDerivedFiles(cache)({ ...file, size: 2 ** 60 })).toBeUndefined()
  expect(await kept()).toEqual([])
  // A disk that is full in the middle.
  const full = { ...file, make: async () => writeFile('/dev/full', 'x') }
  expect(await createDerivedFiles(cache)(full)).toBeUndefined()
  expect(await kept()).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  'what a killed process left is removed by the next, or with its source',
  async () => {
    const weights = join(cache, 'latentkit/weights')
    const kill = async () => {
      const script = join(import.meta.dirname, 'derive-process-fixture.mjs')
      const child = spawn(process.execPath, [script, source], { env: { ...process.env, XDG_CACHE_HOME: cache } })
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    }
    const parts = async () => (await kept()).filter((path) => path.endsWith('.part'))
    await kill()
    await kill()
    expect(await parts()).toHaveLength(1)
    expect(await textOf(await createDerivedFiles(weights)(await shout()))).toBe('HELLO')
    expect(await kept()).toHaveLength(1)
    await writeFile(source, 'other')
    await kill()
    expect(await parts()).toHaveLength(1)
    await rm(source)
    await removeOrphans(weights)
    expect(await kept()).toEqual([])

    await writeFile(source, 'first')
    await kill()
    expect(await parts()).toHaveLength(1)
    await rm(source)
    await removeOrphans(weights)
    expect(await kept()).toEqual([])
  },
)

test('a copy that another program opens at once is waited for on Windows', async () => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
  const refusal = Object.assign(new Error('EBUSY'), { code: 'EBUSY', syscall: 'rename' })
  const real = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises')
  const refused: unknown[] = []
  vi.mocked(rename).mockImplementation(async (from, to) => {
    if (refused.includes(to)) return real.rename(from, to)
    refused.push(to)
    throw refusal
  })
  expect(await textOf(await derive())).toBe('HELLO')
  // The list of sources, and the copy.
  expect(refused).toHaveLength(2)
})

test('what goes wrong with the source is told', async () => {
  const file = await shout()
  const broken = new CheckpointError({ file: 'model.pdparams', problem: 'is broken' })
  await expect(createDerivedFiles(cache)({ ...file, make: () => Promise.reject(broken) })).rejects.toBe(broken)
  expect(await kept()).toEqual([])
})

test('of files that are not on disk nothing is kept', async () => {
  const file = await shout()
  expect(await createDerivedFiles(cache)({ ...file, sources: [memoryFile('m', new Uint8Array(1))] })).toBeUndefined()
})

test.skipIf(process.platform === 'win32')('a source reached by a link is the file that it leads to', async () => {
  await derive()
  const link = join(folder, 'link.pdparams')
  await symlink(source, link)
  await derive('capitals', link)
  expect(made).toBe(1)
})
