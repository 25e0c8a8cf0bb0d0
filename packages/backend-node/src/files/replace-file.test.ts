import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { replaceFile } from './replace-file.ts'

vi.mock('node:fs/promises', { spy: true })
vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(async () => undefined) }))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  await writeFile(join(folder, 'new'), 'new')
  await writeFile(join(folder, 'old'), 'old')
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.resetAllMocks()
  await rm(folder, { recursive: true })
})

const on = (platform: NodeJS.Platform) => vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
const refuse = (code: string) => Object.assign(new Error(code), { code })
const replace = () => replaceFile(join(folder, 'new'), join(folder, 'old'))

test('the file takes the place of the other', async () => {
  await replace()
  expect(await readdir(folder)).toEqual(['old'])
  expect(await readFile(join(folder, 'old'), 'utf8')).toBe('new')
})

describe('a file that is open', () => {
  test.each(['EPERM', 'EACCES', 'EBUSY'])('is waited for on Windows, %s', async (code) => {
    on('win32')
    vi.mocked(rename).mockRejectedValueOnce(refuse(code)).mockRejectedValueOnce(refuse(code))
    await replace()
    expect(await readFile(join(folder, 'old'), 'utf8')).toBe('new')
    expect(pause).toHaveBeenCalledTimes(2)
  })

  test('is not waited for for ever', async () => {
    on('win32')
    vi.mocked(rename).mockRejectedValue(refuse('EPERM'))
    await expect(replace()).rejects.toMatchObject({ code: 'EPERM' })
    const waited = vi.mocked(pause).mock.calls.reduce((sum, [milliseconds = 0]) => sum + milliseconds, 0)
    expect(waited).toBeGreaterThan(5000)
    expect(waited).toBeLessThan(10_000)
  })

  test('is an error at once elsewhere', async () => {
    on('linux')
    vi.mocked(rename).mockRejectedValue(refuse('EPERM'))
    await expect(replace()).rejects.toMatchObject({ code: 'EPERM' })
    expect(pause).not.toHaveBeenCalled()
  })
})

test('another error is one at once', async () => {
  on('win32')
  await expect(replaceFile(join(folder, 'none'), join(folder, 'old'))).rejects.toMatchObject({ code: 'ENOENT' })
  expect(pause).not.toHaveBeenCalled()
})
