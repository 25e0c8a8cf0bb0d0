import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { lockFile } from './disk-lock.ts'

vi.mock('node:fs/promises', { spy: true })

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
const refusal = Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'open' })

describe('a lock that is just being removed', () => {
  test('is waited for on Windows, which refuses everything meanwhile', async () => {
    on('win32')
    const path = join(folder, 'x.lock')
    // Of a process that is dead: it is read, watched and put aside, too.
    await writeFile(path, JSON.stringify({ process: 2 ** 30, host: hostname(), id: '1' }))
    const refused = [open, stat, readFile, rename, rm] as const
    for (const call of refused) vi.mocked<() => Promise<unknown>>(call as never).mockRejectedValueOnce(refusal)
    // The folder is there already.
    vi.mocked(mkdir).mockResolvedValueOnce(undefined)
    const unlock = await lockFile(path)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ process: process.pid })
    vi.mocked(readFile).mockRejectedValueOnce(refusal)
    vi.mocked(rm).mockRejectedValueOnce(refusal)
    await unlock()
    expect(await readdir(folder)).toEqual([])
  })

  test('is none elsewhere: there it is refused', async () => {
    on('linux')
    vi.mocked(open).mockRejectedValueOnce(refusal)
    await expect(lockFile(join(folder, 'x.lock'))).rejects.toBe(refusal)
  })
})
