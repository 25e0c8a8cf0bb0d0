import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openDiskPart } from './disk-part.ts'

vi.mock('node:fs/promises', { spy: true })
vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.resetAllMocks()
  await rm(folder, { recursive: true })
})

const on = (platform: NodeJS.Platform) => vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
/** Another program has a file open, and keeps it so. */
const refuse = (code: string) =>
  vi.mocked(rename).mockImplementation(async (path, dest) => {
    throw Object.assign(new Error(code), { code, syscall: 'rename', path, dest })
  })
const open = async () => {
  const part = await openDiskPart(folder, join(folder, 'part'))
  await part.write(0, Buffer.from('hello'))
  return part
}

describe('a journal that cannot be replaced', () => {
  test('does not end the download on Windows, where another program may have it open', async () => {
    on('win32')
    const part = await open()
    await part.saveJournal('first')
    refuse('EPERM')
    await part.saveJournal('second')
    expect((await readdir(folder)).sort()).toEqual(['part', 'part.json'])
    expect(await readFile(join(folder, 'part.json'), 'utf8')).toBe('first')
    vi.mocked(rename).mockRestore()
    await part.commit('blob', 5)
    expect(await readdir(folder)).toEqual(['blob'])
  })

  test('is an error elsewhere', async () => {
    on('linux')
    const part = await open()
    refuse('EACCES')
    await expect(part.saveJournal('first')).rejects.toMatchObject({ code: 'model_files' })
    await part.close()
  })
})

test.each(['EPERM', 'EBUSY'])('a file that is in use, %s, is not told to be in the wrong place', async (code) => {
  on('win32')
  const part = await open()
  refuse(code)
  await expect(part.commit('blob', 5)).rejects.toMatchObject({
    code: 'model_files',
    message: `${join(folder, 'blob')}: cannot be written: ${code}. Another program has it open: close that, and try again.`,
  })
})
