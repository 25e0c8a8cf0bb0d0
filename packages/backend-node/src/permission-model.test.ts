import { fsync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DerivedFile, rasterImage } from '@latentkit/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openDiskFile } from './files/disk-file.ts'
import { readImage } from './pictures/read-image.ts'
import { writeImage, writePictureFile } from './pictures/write-image.ts'
import { createRuntimeClient } from './runtime/runtime-client.ts'
import { createDerivedFiles } from './store/derived-files.ts'
import { openDiskPart } from './store/disk-part.ts'

vi.mock('node:fs', { spy: true })
vi.mock('node:fs/promises', { spy: true })

/** What Node says where it was started with `--permission`. There is no `syscall` in it. */
const denied = (message: string) => Object.assign(new Error(message), { code: 'ERR_ACCESS_DENIED' })

vi.mock('node:worker_threads', () => ({
  Worker: class {
    constructor() {
      throw denied('Access to this API has been restricted. Use --allow-worker to manage permissions.')
    }
  },
}))

const picture = rasterImage(1, 1, 3, Uint8Array.of(1, 2, 3))
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  // As in Node 24: whatever flags it was started with.
  const file = await open(join(folder, 'any'), 'w')
  const handle: FileHandle = Object.getPrototypeOf(file)
  await file.close()
  await rm(join(folder, 'any'))
  vi.mocked(fsync).mockImplementation(() => {
    throw denied('fsync API is disabled when Permission Model is enabled.')
  })
  vi.spyOn(handle, 'chmod').mockRejectedValue(denied('fchmod API is disabled when Permission Model is enabled.'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.resetAllMocks()
  await rm(folder, { recursive: true })
})

const derived = async (): Promise<DerivedFile> => {
  await writePictureFile(join(folder, 'source'), Buffer.from('hello'))
  const source = await openDiskFile(join(folder, 'source'))
  return { recipe: 'copy', sources: [source], size: 5, make: async (write) => write(Buffer.from('HELLO')) }
}

describe('where files may be written but not flushed', () => {
  test('pictures are written, and replaced with the permissions of those before', async () => {
    const path = join(folder, 'a.png')
    await writeImage(path, picture)
    const { mode } = await stat(path)
    await writeImage(path, picture)
    expect((await stat(path)).mode).toBe(mode)
    expect(await readImage(path)).toMatchObject({ data: picture.data })
    expect(await readdir(folder)).toEqual(['a.png'])
  })

  test('models are fetched, and copies of weights kept', async () => {
    const part = await openDiskPart(folder, join(folder, 'part'))
    await part.write(0, Buffer.from('hello'))
    await part.saveJournal('journal')
    await part.commit('blob', 5)
    expect(await readFile(join(folder, 'blob'), 'utf8')).toBe('hello')
    const copy = await createDerivedFiles(join(folder, 'copies'))(await derived())
    expect(await readFile(copy!.localPath!, 'utf8')).toBe('HELLO')
  })
})

describe('where files may not be touched', () => {
  test('the flag that allows it is told', async () => {
    const path = join(folder, 'a.png')
    await writeImage(path, picture)
    vi.mocked(open).mockRejectedValue(denied('Access to this API has been restricted.'))
    const started = 'Node was started without'
    await expect(writeImage(path, picture)).rejects.toMatchObject({
      code: 'picture',
      message: `${path}: may not be written: ${started} --allow-fs-write for it.`,
    })
    await expect(readImage(path)).rejects.toMatchObject({
      code: 'picture',
      message: `${path}: may not be read: ${started} --allow-fs-read for it.`,
    })
    await expect((await openDiskFile(path)).read(0, 1)).rejects.toMatchObject({
      code: 'model_files',
      message: `${path}: may not be read: ${started} --allow-fs-read for it.`,
    })
    await expect(openDiskPart(folder, join(folder, 'part'))).rejects.toMatchObject({
      code: 'model_files',
      message: `${folder}: may not be written: ${started} --allow-fs-write for it.`,
    })
  })

  test('the work is done without copies of weights', async () => {
    const file = await derived()
    vi.mocked(mkdir).mockRejectedValue(denied('Access to this API has been restricted.'))
    expect(await createDerivedFiles(join(folder, 'copies'))(file)).toBeUndefined()
  })
})

test('a runtime whose thread may not be started is a typed error', async () => {
  const made = createRuntimeClient('test').request('release', { session: 1 })
  await expect(made).rejects.toMatchObject({
    code: 'backend',
    message:
      "test: the runtime's thread cannot be started: Access to this API has been restricted. Use --allow-worker to manage permissions.",
  })
})
