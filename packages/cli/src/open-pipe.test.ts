import { execFileSync, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readReceipt, writeImage } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { program } from './command-fixture.ts'
import { findJobs } from './find-jobs.ts'
import { sha256 } from './receipt.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  await mkdir(join(folder, 'photos'))
  await writeImage(join(folder, 'photos/a.png'), rasterImage(8, 6, 3, new Uint8Array(144).fill(90)))
})
afterEach(() => rm(folder, { recursive: true }))

/** Starts the command; it is killed if it does not end. */
function start(args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, timeout: 60_000, killSignal: 'SIGKILL' })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const ended = new Promise<readonly [number | null, string]>((resolve) => {
    child.on('close', (code) => resolve([code, said]))
  })
  return { child, ended }
}

/** Until somebody has opened a pipe for reading: before, it cannot be opened for writing without waiting. */
async function isRead(pipe: string): Promise<void> {
  const file = await open(join(folder, pipe), constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined)
  if (file) return file.close()
  await wait(20)
  return isRead(pipe)
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  beforeEach(() => {
    for (const name of ['photos/pipe.png', 'pipe.png']) execFileSync('mkfifo', [join(folder, name)])
  })

  test('in a folder, or where a link leads, is left out, which is told; a pattern passes over it', async () => {
    await symlink('../pipe.png', join(folder, 'photos/link.png'))
    await symlink('a.png', join(folder, 'photos/other.png'))
    await symlink('nowhere', join(folder, 'photos/broken.png'))
    await symlink('.', join(folder, 'photos/circle.png'))
    const find = async (input: string) => {
      const notes: unknown[] = []
      const jobs = await findJobs([join(folder, input)], { onProgress: (event) => notes.push(event) })
      return [jobs.map(({ input }) => input.slice(folder.length + 1)), notes]
    }
    const pictures = ['photos/a.png', 'photos/broken.png', 'photos/other.png']
    const note = (message: string) => [{ type: 'warning', code: 'files_left_out', message }]
    expect(await find('photos')).toEqual([
      pictures,
      note(
        `Left out: 2 pipes, sockets or devices (${join(folder, 'photos/link.png')}, …) and 1 folder (${join(folder, 'photos/circle.png')}). Folders are not searched below.`,
      ),
    ])
    expect(await find('photos/*.png')).toEqual([
      expect.arrayContaining(['photos/a.png', 'photos/other.png']),
      note(`Left out: 1 pipe, socket or device (${join(folder, 'photos/link.png')}).`),
    ])
    await expect(find('photos/l*.png')).rejects.toThrow('matches only links to pipes, sockets or devices.')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('that nobody writes to is waited for until %s', async (signal) => {
    const { child, ended } = start(['upscale', 'pipe.png', '-o', 'large.png'])
    await isRead('pipe.png')
    child.kill(signal)
    expect(await ended).toEqual([130, 'latentkit: stopped; nothing was written.\n'])
  })

  test('that somebody keeps open is waited for until Ctrl-C', async () => {
    const { child, ended } = start(['upscale', 'pipe.png', '-o', 'large.png'])
    const keepOpen = 'exec 3> pipe.png; head -c 20 photos/a.png >&3; echo written; exec sleep 30'
    const writer = spawn('bash', ['-c', keepOpen], { cwd: folder })
    await new Promise((resolve) => writer.stdout.once('data', resolve))
    child.kill('SIGINT')
    expect(await ended).toEqual([130, 'latentkit: stopped; nothing was written.\n'])
    writer.kill()
  })

  test('is read to its end, whoever comes first', async () => {
    const written = await readFile(join(folder, 'photos/a.png'))
    for (const [first, last] of [
      [0, 1000],
      [1000, 0],
    ] as const) {
      const delayed = `sleep ${first / 1000}; head -c 20 photos/a.png > part; (cat part; sleep 0.2; tail -c +21 photos/a.png) > pipe.png`
      const writer = spawn('bash', ['-c', delayed], { cwd: folder })
      await wait(last)
      const { ended } = start(['upscale', 'pipe.png', '-o', `large-${first}.png`, '--steps', '1'])
      expect(await ended).toEqual([0, expect.any(String)])
      writer.kill()
      expect(await readReceipt(join(folder, `large-${first}.png`))).toMatchObject({
        picture: { name: 'pipe.png', sha256: sha256(written) },
      })
    }
  })

  test('that somebody opens and closes again is empty', async () => {
    const { ended } = start(['upscale', 'pipe.png', '-o', 'large.png'])
    await isRead('pipe.png')
    const writer = spawn('bash', ['-c', 'exec 3> pipe.png; sleep 0.5'], { cwd: folder })
    expect(await ended).toEqual([1, expect.stringMatching(/^latentkit: pipe\.png: is empty\./)])
    writer.kill()
  })

  test('is read once for several results', async () => {
    const { ended } = start(['upscale', 'pipe.png', '-o', 'large/', '--steps', '1', '--samples', '2'])
    const writer = spawn('bash', ['-c', 'cat photos/a.png > pipe.png'], { cwd: folder })
    expect((await ended)[0]).toBe(0)
    writer.kill()
    expect(await readdir(join(folder, 'large'))).toEqual(['pipe-4x-seed0.png', 'pipe-4x-seed1.png'])
  })

  // Root reads everything.
  test.skipIf(process.getuid?.() === 0)('that may not be read fails, and not what is beside it', async () => {
    await chmod(join(folder, 'pipe.png'), 0)
    const { ended } = start(['upscale', 'pipe.png', 'photos/a.png', '-o', 'large/', '--steps', '1'])
    const [code, said] = await ended
    expect([code, await readdir(join(folder, 'large'))]).toEqual([1, ['a-4x.png']])
    expect(said).toMatch(/^latentkit: pipe\.png: cannot be read: EACCES/m)
  })

  test('of a shell that gives nothing is empty', async () => {
    const child = spawn('bash', ['-c', `"${process.execPath}" "${program}" upscale <(true) -o large.png`], {
      cwd: folder,
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
    })
    await new Promise((resolve) => child.on('close', resolve))
    expect(said).toMatch(/^latentkit: \/dev\/fd\/\d+: is empty\./)
  })
})

test('what comes through standard input and is no picture is told at once', async () => {
  const { child, ended } = start(['upscale', '-', '-o', 'large.png'])
  child.stdin.on('error', () => undefined)
  child.stdin.write(Buffer.alloc(2000, 'no picture'))
  expect(await ended).toEqual([1, expect.stringMatching(/^latentkit: picture: is not a picture that can be read\./)])
})
