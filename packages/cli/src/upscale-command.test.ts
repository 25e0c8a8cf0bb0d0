import { exec } from 'node:child_process'
import { cp, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { readImage, readReceipt, writeImage } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import type { Receipt } from '@latentkit/models-ldm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { program, type RunOptions, runLatentkit } from './command-fixture.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const data = Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => (i * 7) % 251)
  await writeImage(join(folder, 'small.png'), rasterImage(24, 16, 3, data))
})
afterEach(() => rm(folder, { recursive: true }))

const upscale = (args: readonly string[], onOutput?: RunOptions['onOutput']) =>
  runLatentkit(['upscale', ...args], { cwd: folder, onOutput })
const names = async (path = '.') => (await readdir(join(folder, path))).sort()
const bytes = (path: string) => readFile(join(folder, path))

test('places may be file URLs', async () => {
  const { href } = pathToFileURL(folder)
  const { code, stdout } = await upscale([`${href}/small.png`, '--steps', '1', '-o', `${href}/new/a.png`])
  expect([code, stdout]).toEqual([0, expect.stringContaining(join(folder, 'new', 'a.png'))])
  expect(await names()).toEqual(['new', 'small.png'])
})

test('it needs no WebAssembly, which a limit of the address space leaves none of', async () => {
  const env = { NODE_OPTIONS: '--import=data:text/javascript,delete%20globalThis.WebAssembly' }
  const { code, stderr } = await runLatentkit(['upscale', 'small.png', '--steps', '1'], { cwd: folder, env })
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('WebAssembly')])
})

describe('how large', () => {
  test.each([
    [['--scale', '2'], 'small-2x.png', 48, 32],
    [['--width', '60'], 'small-large.png', 60, 40],
    [['--width', '60', '--height', '20'], 'small-large.png', 30, 20],
    [['--megapixels', '0.0024'], 'small-large.png', 60, 40],
  ])('%j', async (args, name, width, height) => {
    const { code, stdout } = await upscale(['small.png', '--steps', '1', ...args])
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${name}: ${width}×${height} pixels`)])
    expect(await readImage(join(folder, name))).toMatchObject({ width, height })
  })

  test.each([
    [['--memory', '4'], /^latentkit: --memory is "4"; expected an amount of memory such as 4GB or 512MiB\.\n$/],
    [['--revision', 'x'], /^latentkit: --revision is "x"; expected none with ldm-sr-tiny, which has no others\.\n$/],
    [
      ['--variant', 'fp16'],
      /^latentkit: --variant is "fp16"; expected none with ldm-sr-tiny, which has no others\.\n$/,
    ],
    [['--steps', '0'], /^latentkit: --steps is 0; expected a whole number from 1 to 1000\.\n$/m],
  ])('%j is refused in the command line’s words', async (args, message) => {
    const { code, stderr } = await upscale(['small.png', ...args])
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })

  test('sizes that contradict each other are refused', async () => {
    const { code, stderr } = await upscale(['small.png', '--scale', '2', '--width', '60'])
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^error: option '--scale <factor>' cannot be used with option '--width <pixels>'\n/),
    ])
  })
})

describe('quality', () => {
  test.each([
    [['--quality', '0', '--format', 'jpg'], /^latentkit: --quality is "0"; expected a whole number from 1 to 100\.\n$/],
    [['--quality', '80'], /^latentkit: --quality is 80; expected a format that has one, .*: small-4x\.png keeps/],
    [['--quality', '80', '-o', 'large.TIFF'], /: large\.TIFF keeps every sample\.\n$/],
    [['--quality', '80', '-o', '-'], /: \.png keeps every sample\.\n$/],
  ])('%j is refused before the work', async (args, message) => {
    const { code, stderr } = await upscale(['small.png', '--model', 'nowhere', ...args])
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })

  test('also goes to standard output, and another one is another picture to --resume', async () => {
    const make = (quality: string) =>
      upscale(['small.png', '--steps', '1', '-o', 'a.webp', '--resume', '--quality', quality])
    await make('50')
    const first = await bytes('a.webp')
    expect((await make('50')).stderr).toContain('a.webp is there already')
    await make('20')
    expect((await bytes('a.webp')).length).toBeLessThan(first.length)
    const command = `"${process.execPath}" "${program}" upscale - -o - --format webp --steps 1 --quality 20 < small.png > piped`
    await promisify(exec)(command, { cwd: folder })
    expect((await readImage(join(folder, 'piped'))).data).toEqual((await readImage(join(folder, 'a.webp'))).data)
  })
})

describe('how many', () => {
  test('samples have the seeds in their names, and are those that each seed gives', async () => {
    await upscale(['small.png', '--steps', '1', '--samples', '2', '--seed', '6', '--format', 'webp'])
    expect(await names()).toEqual(['small-4x-seed6.webp', 'small-4x-seed7.webp', 'small.png'])
    await upscale(['small.png', '--steps', '1', '--seed', '7', '-o', 'seven.webp'])
    expect(await bytes('seven.webp')).toEqual(await bytes('small-4x-seed7.webp'))
  })

  test('patterns are expanded where the shell does not', async () => {
    await mkdir(join(folder, 'a'))
    for (const name of ['a/one.png', 'a/two.png', 'three [x].png'])
      await cp(join(folder, 'small.png'), join(folder, name))
    const { code } = await upscale(['a/*.png', 'three [x].png', '--steps', '1', '-o', 'out/'])
    expect(code).toBe(0)
    expect(await names('out')).toEqual(['one-4x.png', 'three [x]-4x.png', 'two-4x.png'])
    expect(await upscale(['b/*.png'])).toMatchObject({
      code: 1,
      stderr: 'latentkit: b/*.png: matches no file.\n',
    })
  })

  test('no result replaces an original, its own or another one’s', async () => {
    await cp(join(folder, 'small.png'), join(folder, 'small-4x.png'))
    const { code, stderr } = await upscale(['small.png', 'small-4x.png', '--steps', '1'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected another file than the picture itself')])
  })

  test('nor under another name, of which its path tells nothing', async () => {
    await link(join(folder, 'small.png'), join(folder, 'SMALL.png'))
    const { code, stderr } = await upscale(['small.png', '--steps', '1', '-o', 'SMALL.png'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected another file than the picture itself')])
  })

  test.skipIf(process.platform === 'win32')('a link that leads nowhere is told, and the rest goes on', async () => {
    await symlink('loop.png', join(folder, 'loop.png'))
    const { code, stderr } = await upscale(['loop.png', 'small.png', '--steps', '1'])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/latentkit: loop\.png: .*\n/)])
    expect(await names()).toContain('small-4x.png')
  })
})

describe('before the work', () => {
  test('a dry run tells what would be done and writes nothing', async () => {
    const { code, stdout } = await upscale(['small.png', '--dry-run', '--scale', '2', '--steps', '5'])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^small\.png → small-2x\.png\n {2}24×16 → 48×32 pixels in one piece\n {2}5 steps: 5 calls of the UNet, 1 of the decoder\n {2}about \d+ MB of memory beside the weights, about .+\n$/,
    )
    const json = JSON.parse((await upscale(['small.png', '--dry-run', '--json', '--tile', '32'])).stdout)
    expect(json).toMatchObject({ input: 'small.png', from: { width: 24, height: 16 }, tiles: 1, unetCalls: 2 })
    expect(await names()).toEqual(['small.png'])
  })

  test('memory may be bounded, in the units people use', async () => {
    const { code, stderr } = await upscale(['small.png', '--memory', '1 MB'])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/needs about \d+ MiB of memory; 1 MiB is available\./)])
    for (const wrong of ['much', '4 parsecs', '-1GB'])
      expect((await upscale(['small.png', '--memory', wrong])).stderr).toContain(
        'expected an amount of memory such as 4GB',
      )
  })
})

describe('unfinished work', () => {
  const killAfter =
    (words: string): RunOptions['onOutput'] =>
    (said, kill) => {
      if (said.includes(words)) kill('SIGKILL')
    }

  test('goes on from its last step to the same bytes, and leaves nothing', async () => {
    const options = ['small.png', '--steps', '40']
    await upscale([...options, '-o', 'whole.png'])
    await upscale([...options, '-o', 'large.png', '--resume'], killAfter('Step 12 of'))
    expect(await names()).toEqual(['.large.png.latentkit', 'small.png', 'whole.png'])
    const rest = await upscale([...options, '-o', 'large.png', '--resume'])
    expect(rest.code).toBe(0)
    expect(rest.stderr).not.toMatch(/Step [1-8] of/)
    expect(await bytes('large.png')).toEqual(await bytes('whole.png'))
    expect(await names()).toEqual(['large.png', 'small.png', 'whole.png'])
  })

  test('keeps its tiles however often it is cut off and whatever memory there is then', async () => {
    const data = Uint8Array.from({ length: 80 * 48 * 3 }, (_, i) => (i * 7) % 251)
    await writeImage(join(folder, 'wide.png'), rasterImage(80, 48, 3, data))
    const options = ['wide.png', '--steps', '8']
    const planned = JSON.parse((await upscale([...options, '--tile', '64', '--dry-run', '--json'])).stdout)
    const little = ['--memory', String(planned.memoryBytes)]
    await upscale([...options, '-o', 'whole.png', ...little])
    await upscale([...options, '-o', 'large.png', '--resume', ...little], killAfter('Step 2 of'))
    await upscale([...options, '-o', 'large.png', '--resume'], killAfter('Step 4 of'))
    const rest = await upscale([...options, '-o', 'large.png', '--resume'])
    expect(rest.stderr).not.toMatch(/Step [1-4] of/)
    expect(planned.tiles).toBeGreaterThan(1)
    expect((await bytes('large.png')).equals(await bytes('whole.png'))).toBe(true)
  })

  test('goes on in smaller tiles where its own no longer fit or smaller ones are asked for, which is told', async () => {
    const data = Uint8Array.from({ length: 80 * 48 * 3 }, (_, i) => (i * 7) % 251)
    await writeImage(join(folder, 'wide.png'), rasterImage(80, 48, 3, data))
    const options = ['wide.png', '--steps', '8']
    const { memoryBytes } = JSON.parse((await upscale([...options, '--tile', '64', '--dry-run', '--json'])).stdout)
    for (const smaller of [
      ['--memory', String(memoryBytes)],
      ['--tile', '64'],
    ]) {
      await upscale([...options, '-o', 'large.png', '--resume'], killAfter('Step 4 of'))
      const second = await upscale([...options, '-o', 'large.png', '--resume', ...smaller], killAfter('Step 6 of'))
      expect(second.stderr).toContain(
        'Note: large.png was begun in tiles of 80 pixels and goes on in tiles of 48: it will differ a little.\n',
      )
      const { code, stderr } = await upscale([...options, '-o', 'large.png', '--resume', ...smaller])
      expect([code, stderr]).toEqual([0, expect.not.stringMatching(/Step [1-5] of|differ/)])
      const { settings } = (await readReceipt(join(folder, 'large.png'))) as Receipt
      expect(settings).toMatchObject({ tile: 48, mixedTiles: true })
      await rm(join(folder, 'large.png'))
    }
  })

  test('of other settings or damaged is left aside, which is told', async () => {
    await upscale(['small.png', '--steps', '40', '-o', 'large.png', '--resume'], killAfter('Step 4 of'))
    const other = await upscale(['small.png', '--steps', '3', '-o', 'large.png', '--resume'])
    expect(other.stderr).toMatch(/Note: .*state\.safetensors is of another picture or other settings: starting anew\./)
    await upscale(['small.png', '--steps', '3', '-o', 'other.png'])
    expect(await bytes('large.png')).toEqual(await bytes('other.png'))

    await upscale(['small.png', '--steps', '40', '-o', 'large.png', '--resume'], killAfter('Step 4 of'))
    const state = await bytes('.large.png.latentkit/state.safetensors')
    state[state.length - 3]! ^= 1
    await writeFile(join(folder, '.large.png.latentkit/state.safetensors'), state)
    const damaged = await upscale(['small.png', '--steps', '40', '-o', 'large.png', '--resume'])
    expect(damaged.stderr).toMatch(/Note: .*state\.safetensors is damaged: starting anew\./)
    expect(damaged.code).toBe(0)
  })

  test.skipIf(process.platform === 'win32')('Ctrl-C says how to go on', async () => {
    let pressed = false
    const { code, stderr } = await upscale(['small.png', '--steps', '1000', '--resume'], (said, kill) => {
      if (!pressed && said.includes('Step 100 of')) kill('SIGINT')
      pressed ||= said.includes('Step 100 of')
    })
    expect([code, stderr]).toEqual([
      130,
      expect.stringMatching(/stopped; the same command goes on from its last step\.\n$/),
    ])
  })
})
