import { exec, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readImage, readReceipt, writeImage } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { program, type RunOptions, runLatentkit } from './command-fixture.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  await mkdir(join(folder, 'photos'))
  for (const [i, name] of ['a.png', 'b.png', 'c.png'].entries()) await picture(`photos/${name}`, i)
})
afterEach(() => rm(folder, { recursive: true }))

const picture = (name: string, seed: number) =>
  writeImage(
    join(folder, name),
    rasterImage(
      8,
      6,
      3,
      Uint8Array.from({ length: 144 }, (_, i) => (i * 7 + seed) % 251),
    ),
  )
const upscale = (args: readonly string[], onOutput?: RunOptions['onOutput'], cwd = folder) =>
  runLatentkit(['upscale', ...args], { cwd, onOutput })
const names = async (path = '.') => (await readdir(join(folder, path))).sort()
const madeAt = async (path: string) => (await stat(join(folder, path))).mtimeMs
const steps = async (path: string) =>
  ((await readReceipt(join(folder, path))) as { settings: { steps: number } }).settings.steps

describe('a second run', () => {
  test.skipIf(process.platform === 'win32')(
    'writes through a link, also with --resume, which keeps permissions',
    async () => {
      await mkdir(join(folder, 'elsewhere'))
      for (const name of ['a.png', 'b.png']) await writeFile(join(folder, 'elsewhere', name), '', { mode: 0o600 })
      await symlink('elsewhere/a.png', join(folder, 'a-4x.png'))
      await upscale(['photos/a.png', '-o', 'a-4x.png', '--steps', '1', '--resume'])
      await upscale(['photos/b.png', '-o', 'elsewhere/b.png', '--steps', '1', '--resume'])
      expect((await lstat(join(folder, 'a-4x.png'))).isSymbolicLink()).toBe(true)
      expect([await steps('elsewhere/a.png'), await steps('elsewhere/b.png')]).toEqual([1, 1])
      expect((await stat(join(folder, 'elsewhere/b.png'))).mode & 0o777).toBe(0o600)
      expect(await names()).toEqual(['a-4x.png', 'elsewhere', 'photos'])
    },
  )

  test('over a pattern leaves out the results of the first', async () => {
    const pattern = ['photos/*.png', '--steps', '1']
    const all = ['a-4x.png', 'a.png', 'b-4x.png', 'b.png', 'c-4x.png', 'c.png']
    await upscale(pattern)
    const again = await upscale(pattern)
    expect(again).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Note: 3 pictures, such as photos.a-4x\.png, are left out: /),
    })
    expect(await names('photos')).toEqual(all)

    await rm(join(folder, 'photos/b-4x.png'))
    const rest = await upscale([...pattern, '--skip-existing', '--no-receipt'])
    expect(rest).toMatchObject({ code: 0, stdout: expect.stringMatching(/^photos.b-4x\.png: [^\n]*\n$/) })
    // Without a receipt nothing tells it from an original, so it is replaced by nothing.
    expect(await upscale(pattern)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/b-4x\.png".*--skip-existing/),
    })
    expect((await upscale([...pattern, '--skip-existing'])).code).toBe(0)
    expect(await names('photos')).toEqual(all)
  })

  test('tells pictures apart that differ in their ending only, each time in the same way', async () => {
    const pattern = ['photos/*', '--steps', '1']
    const results = async () => (await names('photos')).filter((name) => name.includes('4x'))
    await upscale(pattern)
    expect(await results()).toEqual(['a-4x.png', 'b-4x.png', 'c-4x.png'])
    await picture('photos/B.jpg', 4)
    const made = ['B-jpg-4x.png', 'a-4x.png', 'b-png-4x.png', 'c-4x.png']
    // What b.png became while it was alone has another name, and is no picture to enlarge all the same.
    for (const count of [3, 5]) {
      expect(await upscale(pattern)).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(`Note: ${count} pictures, such as photos`),
      })
      expect(await results()).toEqual([...made, 'b-4x.png'].sort())
    }
    const here = join(folder, 'photos/B.jpg')
    await upscale(['photos/a.png', 'photos/b.png', here, '-o', 'out', '--steps', '1'])
    expect(await names('out')).toEqual(made.slice(0, 3))
  })

  test('with --resume makes only what is missing', async () => {
    const command = ['photos', '-o', 'out', '--steps', '30', '--resume']
    await upscale(command, (said, kill) => {
      if (/b\.png \(2 of 3\)[\s\S]*Step 6 of/.test(said)) kill('SIGKILL')
    })
    expect(await names('out')).toEqual(['.b-4x.png.latentkit', 'a-4x.png'])
    const first = await madeAt('out/a-4x.png')
    const { code, stdout, stderr } = await upscale([...command, '--json'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^out.a-4x\.png is there already, made in the same way$/m)
    const { done, skipped, failed } = JSON.parse(stdout)
    expect([done.length, skipped, failed]).toEqual([
      2,
      [expect.objectContaining({ input: join('photos', 'a.png') })],
      [],
    ])
    expect(await madeAt('out/a-4x.png')).toBe(first)
    expect(await names('out')).toEqual(['a-4x.png', 'b-4x.png', 'c-4x.png'])
  })

  test('with --resume says what keeps it from keeping work', async () => {
    await writeFile(join(folder, '.large.png.latentkit'), '')
    const { code, stderr } = await upscale(['photos/a.png', '-o', 'large.png', '--resume'])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /unfinished work cannot be kept in \.large\.png\.latentkit \(E.*Without --resume none is kept/,
    )
  })

  test('with --resume makes anew what was made in another way, of another picture or cannot be told', async () => {
    const command = ['photos', '-o', 'out', '--resume']
    await upscale([...command, '--steps', '1'])
    const first = await madeAt('out/b-4x.png')
    await picture('photos/a.png', 99)
    await writeFile(join(folder, 'out/c-4x.png'), 'no picture')
    const changed = await upscale([...command, '--steps', '1'])
    expect(changed.stdout).toMatch(/^out.a-4x\.png: .*\nout.c-4x\.png: .*\n$/)
    expect(await madeAt('out/b-4x.png')).toBe(first)
    await upscale([...command, '--steps', '2'])
    expect(await Promise.all(['out/a-4x.png', 'out/b-4x.png', 'out/c-4x.png'].map(steps))).toEqual([2, 2, 2])
  })
})

describe('what is there already', () => {
  test('needs no model, and is listed', async () => {
    await mkdir(join(folder, 'out'))
    for (const name of ['a-4x.png', 'b-4x.png', 'c-4x.png']) await writeFile(join(folder, 'out', name), '')
    const options = ['-o', 'out/', '--skip-existing', '--json', '--model', 'nowhere']
    const one = await upscale(['photos/a.png', ...options])
    expect([one.code, JSON.parse(one.stdout)]).toMatchObject([0, { input: 'photos/a.png', skipped: true }])
    const all = await upscale(['photos', ...options])
    expect(all).toMatchObject({ code: 0, stderr: 'Note: 3 of 3 are there already.\n' })
    expect(JSON.parse(all.stdout)).toMatchObject({ done: [], failed: [], skipped: [{}, {}, {}] })
  })

  test('a folder is told as a list, however few pictures it holds', async () => {
    for (const name of ['b.png', 'c.png']) await rm(join(folder, 'photos', name))
    const { stdout } = await upscale(['photos', '--steps', '1', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ done: [{ width: 32 }], failed: [], skipped: [] })
  })
})

describe('what a folder holds beside pictures', () => {
  const dryRun = (args: readonly string[]) => upscale([...args, '--dry-run', '--steps', '1'])
  beforeEach(async () => {
    for (const name of ['.hidden.bmp', 'notes.txt', 'film.mp4', 'none'])
      await writeFile(join(folder, 'photos', name), '')
    await mkdir(join(folder, 'photos/.git'))
  })

  test('is told once: pictures that cannot be read and folders', async () => {
    await mkdir(join(folder, 'more/2019'), { recursive: true })
    await mkdir(join(folder, 'more/2020'))
    await picture('more/d.png', 4)
    for (const name of ['photos/x.bmp', 'photos/IMG_1.HEIC', 'more/y.cr2']) await writeFile(join(folder, name), '')
    const { code, stderr } = await dryRun(['photos', 'more'])
    expect([code, stderr.match(/^Note: .*$/gm)]).toEqual([
      0,
      [
        `Note: Left out: 3 pictures of kinds that cannot be read (${join('photos', 'IMG_1.HEIC')}, …) and 2 folders (${join('more', '2019')}, …). Folders are not searched below.`,
      ],
    ])
  })

  test('is told of one, too, also where there is nothing else', async () => {
    await mkdir(join(folder, 'outer/inner'), { recursive: true })
    expect(await dryRun(['outer'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^Note: Left out: 1 folder \(outer.inner\)\. Folders are not searched below\.\nlatentkit: outer: holds no pictures\. /,
      ),
    })
  })

  test('is a picture under its rarer endings, too', async () => {
    for (const name of ['d.jfif', 'e.JPE', 'f.apng']) {
      await picture('photos/new.jpg', 4)
      await rename(join(folder, 'photos/new.jpg'), join(folder, 'photos', name))
    }
    const { stdout } = await upscale(['photos', '--steps', '1', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ done: { length: 6 }, failed: [] })
  })

  test('is not told of hidden files, texts and films, nor of the folder that the results are in', async () => {
    await mkdir(join(folder, 'photos/large'))
    expect((await dryRun(['photos', '-o', 'photos/large'])).stderr).not.toContain('Note')
  })
})

describe('where results go', () => {
  test('beside a folder, also one named by a dot', async () => {
    expect((await upscale(['.', '--steps', '1'], undefined, join(folder, 'photos'))).code).toBe(0)
    expect(await names('photos-4x')).toEqual(['a-4x.png', 'b-4x.png', 'c-4x.png'])
    expect(await names()).toEqual(['photos', 'photos-4x'])
  })

  test('a name that ends with a slash is a folder; a file for a folder of one picture is refused', async () => {
    expect((await upscale(['photos/a.png', 'photos/b.png', '-o', 'out.v2/', '--steps', '1'])).code).toBe(0)
    expect(await names('out.v2')).toEqual(['a-4x.png', 'b-4x.png'])
    for (const name of ['b.png', 'c.png']) await rm(join(folder, 'photos', name))
    const { code, stderr } = await upscale(['photos', '-o', 'large.png', '--steps', '1'])
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('expected a folder, since there is a folder of pictures'),
    ])
    expect(await names()).toEqual(['out.v2', 'photos'])
  })

  test('standard output has the format that is asked for', async () => {
    const run = promisify(exec)
    const command = `"${process.execPath}" "${program}" upscale - --format webp --steps 1 < photos/a.png > piped`
    await run(command, { cwd: folder })
    expect((await readFile(join(folder, 'piped'))).toString('latin1', 8, 12)).toBe('WEBP')
  })

  test('a folder does not go to standard output', async () => {
    expect(await upscale(['photos', '-o', '-'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('a folder of pictures does not fit into one stream'),
    })
  })

  test('what standard output could not hold is told before the work', async () => {
    await writeImage(join(folder, 'clear.png'), rasterImage(2, 2, 4, new Uint8Array(16)))
    const command = ['clear.png', '-o', '-', '--format', 'jpg', '--model', 'nowhere']
    expect(await upscale(command)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^latentkit: .*cannot hold the transparency/),
    })
  })

  test('a picture whose alpha is full everywhere becomes a JPEG', async () => {
    const data = new Uint8Array(16 * 16 * 4).fill(255)
    await writeImage(join(folder, 'opaque.png'), rasterImage(16, 16, 4, data))
    expect(await upscale(['opaque.png', '-o', 'opaque.jpg', '--steps', '1'])).toMatchObject({ code: 0 })
    expect(await readImage(join(folder, 'opaque.jpg'))).toMatchObject({ width: 64, channels: 3 })
  })
})

describe('what goes wrong', () => {
  test('with an option is told once', async () => {
    const { code, stderr } = await upscale(['photos', '--steps', '0'])
    expect(code).toBe(2)
    expect(stderr.match(/steps is 0/g)).toHaveLength(1)
  })

  test('with a picture is told in the command line’s words, and again at the end', async () => {
    const { code, stderr } = await upscale(['photos', '--max-pixels', '10', '--steps', '1'])
    expect(code).toBe(1)
    expect(stderr.match(/raise --max-pixels/g)).toHaveLength(3)
    expect(stderr).toMatch(/latentkit: 3 of 3 pictures failed: photos.a\.png, photos.b\.png, photos.c\.png\.\n$/)
  })
})

describe('Ctrl-C', () => {
  test.skipIf(process.platform === 'win32')('says how many were made', async () => {
    let pressed = false
    const { code, stderr } = await upscale(['photos', '--steps', '300'], (said, kill) => {
      if (pressed || !/b\.png \(2 of 3\)[\s\S]*Step 30 of/.test(said)) return
      pressed = true
      kill('SIGINT')
    })
    expect(code).toBe(130)
    expect(stderr).toMatch(/stopped; 1 of 3 were made; with --skip-existing the same command makes the rest\.\n$/)
  })

  test.skipIf(process.platform === 'win32')(
    'during the last of the work counts what is written all the same',
    async () => {
      let pressed = false
      const { stderr } = await upscale(['photos/a.png', 'photos/b.png', '--steps', '1'], (said, kill) => {
        if (pressed || !said.includes('Finishing')) return
        pressed = true
        kill('SIGINT')
      })
      const made = (await names('photos')).length - 3
      expect(stderr).toContain(made === 0 ? 'stopped; nothing was written.' : `stopped; ${made} of 2 were made`)
    },
  )

  test.skipIf(process.platform === 'win32')('ends the waiting for standard input', async () => {
    const child = spawn(process.execPath, [program, 'upscale', '-', '-o', 'large.png'], { cwd: folder })
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
    })
    const ended = new Promise((resolve) => child.on('close', resolve))
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 20_000)
    // More than a pipe holds: once it is through, the command is reading.
    child.stdin.on('error', () => undefined)
    child.stdin.write(await readFile(join(folder, 'photos/a.png')))
    child.stdin.write(new Uint8Array(2 ** 20), () => child.kill('SIGINT'))
    expect([await ended, said]).toEqual([130, 'latentkit: stopped; nothing was written.\n'])
    clearTimeout(giveUp)
  })
})

test.skipIf(process.platform === 'win32')('a pipe is read once, in whatever pieces it comes', async () => {
  const command = `"${process.execPath}" "${program}" upscale <(head -c 1 photos/a.png; sleep 0.5; tail -c +2 photos/a.png) -o large.png --steps 1`
  await promisify(exec)(command, { cwd: folder, shell: 'bash' })
  const sha256 = createHash('sha256')
    .update(await readFile(join(folder, 'photos/a.png')))
    .digest('hex')
  expect(await readReceipt(join(folder, 'large.png'))).toMatchObject({ picture: { sha256 } })
})

const said = (command: string) =>
  promisify(exec)(command.replaceAll('latentkit', `"${process.execPath}" "${program}"`), { cwd: folder, shell: 'bash' })

describe.skipIf(process.platform !== 'linux')('standard output', () => {
  test.each(['upscale photos/a.png -o -', 'upscale photos/a.png --json', '--help'])(
    'that cannot be written fails %s in one line',
    async (command) => {
      await expect(said(`latentkit ${command} > /dev/full`)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/(^|\n)latentkit: standard output cannot be written: ENOSPC[^\n]*\n$/),
      })
    },
  )

  test('that somebody stops reading ends the command quietly', async () => {
    const { stdout, stderr } = await said('latentkit upscale --help | true; echo $PIPESTATUS')
    expect([stdout, stderr]).toEqual(['1\n', ''])
  })

  test('that is a terminal gets no picture', async () => {
    const { stdout } = await said('script -qec "latentkit upscale photos/a.png -o - --model nowhere" /dev/null; true')
    expect(stdout).toContain('here it is a terminal')
  })
})

test.skipIf(process.platform !== 'linux').each(['2> /dev/full', '2>&1 > /dev/null | true'])(
  'standard error that cannot be written (%s) costs no picture',
  async (where) => {
    const { stdout } = await said(`latentkit upscale photos/a.png -o large.png --steps 1 ${where}; echo $PIPESTATUS`)
    expect(stdout).toMatch(/(^|\n)0\n$/)
    expect(await readImage(join(folder, 'large.png'))).toMatchObject({ width: 32 })
  },
)
