import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readImage, readReceipt, writeImage } from '@latentkit/backend-node'
import { rasterImage, resizeImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import type { Receipt } from '@latentkit/models-ldm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runLatentkit } from './command-fixture.ts'

let folder: string
const path = (name: string) => join(folder, name)
const latentkit = (...args: readonly string[]) => runLatentkit(args, { cwd: folder })
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const data = Uint8Array.from({ length: 12 * 10 * 3 }, (_, i) => (i * 7) % 251)
  await writeImage(path('small.png'), rasterImage(12, 10, 3, data))
})
afterEach(() => rm(folder, { recursive: true }))

const options = ['--steps', '2', '--seed', '-7', '--scheduler', 'lms', '--colour', 'adain', '--scale', '3']

test('the receipt tells what a picture was made from and with', async () => {
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.webp')
  expect(await readReceipt(path('large.webp'))).toEqual({
    software: expect.stringMatching(/^latentkit \d/),
    runtime: expect.stringMatching(/^onnxruntime-node \d/),
    device: 'cpu',
    model: {
      name: 'ldm-sr-tiny',
      weights: {
        'unet/diffusion_pytorch_model.safetensors': expect.stringMatching(/^[0-9a-f]{64}$/),
        'vqvae/diffusion_pytorch_model.safetensors': expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    },
    picture: { name: 'small.png', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    settings: {
      steps: 2,
      eta: 1,
      backProjection: expect.any(Number),
      colour: 'adain',
      seed: '-7',
      scheduler: 'LMSDiscreteScheduler',
      tile: 12,
      convolutions: 'direct',
      precision: 'float32',
      size: { width: 36, height: 30 },
    },
  })
  await latentkit('upscale', 'small.png', ...options, '-o', 'plain.webp', '--no-receipt')
  expect(await readReceipt(path('plain.webp'))).toBeUndefined()
  expect((await readImage(path('plain.webp'))).data).toEqual((await readImage(path('large.webp'))).data)
})

test.each(['large.png', 'large.jpg'])('%s is made again', async (name) => {
  await latentkit('upscale', 'small.png', ...options, '-o', name)
  const { code, stdout } = await latentkit('replay', name, '-o', `again-${name}`)
  expect([code, stdout]).toEqual([0, `${name}: the same picture came out again\n`])
  expect(await readFile(path(`again-${name}`))).toEqual(await readFile(path(name)))
})

test('a picture in its own colour profile is made again in it', async () => {
  const createImage = createRequire(import.meta.resolve('@latentkit/backend-node'))('sharp')
  await createImage(path('small.png')).withIccProfile('p3').toFile(path('p3.png'))
  await latentkit('upscale', 'p3.png', ...options, '--profile', 'original', '-o', 'large.png')
  expect(await readReceipt(path('large.png'))).toMatchObject({ profile: 'original' })
  const { code, stdout } = await latentkit('replay', 'large.png', '-o', 'again.png')
  expect([code, stdout]).toEqual([0, 'large.png: the same picture came out again\n'])
  expect((await readFile(path('again.png'))).equals(await readFile(path('large.png')))).toBe(true)
})

test.each(['large.jpg', 'large.webp', 'large.avif'])('%s of another quality is made again in it', async (name) => {
  await latentkit('upscale', 'small.png', ...options, '-o', `usual-${name}`)
  await latentkit('upscale', 'small.png', ...options, '--quality', '60', '-o', name)
  expect((await readFile(path(name))).length).toBeLessThan((await readFile(path(`usual-${name}`))).length)
  expect(await readReceipt(path(name))).toMatchObject({ quality: 60 })
  const { code, stdout } = await latentkit('replay', name, '-o', `again-${name}`)
  expect([code, stdout]).toEqual([0, `${name}: the same picture came out again\n`])
  expect(await readFile(path(`again-${name}`))).toEqual(await readFile(path(name)))
  expect((await latentkit('replay', name, '-o', 'again.png')).code).toBe(0)
})

test('what is different is told', async () => {
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.png')
  await rename(path('small.png'), path('moved.png'))
  expect(await latentkit('replay', 'large.png')).toMatchObject({
    code: 1,
    stderr: 'latentkit: large.png: the picture it was made from, small.png, is not beside it. Name it with --input.\n',
  })
  expect((await latentkit('replay', 'large.png', '--input', 'moved.png')).code).toBe(0)

  const other = Uint8Array.from((await readImage(path('moved.png'))).data, (sample) => 255 - sample)
  await writeImage(path('small.png'), rasterImage(12, 10, 3, other))
  const { code, stderr } = await latentkit('replay', 'large.png')
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /latentkit: large\.png: \d+\.\d\d % of its samples differ, by up to \d+ levels\. Different: small picture \([0-9a-f]{12} then, [0-9a-f]{12} now\)\.\n$/,
  )
})

test('samples that another processor rounds otherwise are told as such', async () => {
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.png')
  const { width, height, data } = await readImage(path('large.png'))
  const nearly = Uint8Array.from(data, (sample, i) => (i === 40 ? sample + (sample < 255 ? 1 : -1) : sample))
  const receipt = (await readReceipt(path('large.png'))) as Receipt
  await writeImage(path('nearly.png'), rasterImage(width, height, 3, nearly), { receipt })
  const what = 'nearly.png: 0.03 % of its samples differ, by up to 1 level'
  const why = 'as they may on another processor or with another number of threads'
  expect(await latentkit('replay', 'nearly.png')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${what}, ${why}. Nothing that the receipt tells is different.\n`),
  })
})

test('another copy of the model is as good, and pictures without a receipt are refused', async () => {
  await cp(fileURLToPath(new URL('.', modelFiles['model_index.json'])), path('model'), { recursive: true })
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.png', '--model', 'model')
  await rename(path('model'), path('elsewhere'))
  expect((await latentkit('replay', 'large.png')).stderr).toMatch(
    /If you trust it: latentkit replay .* --model model\n$/,
  )
  expect((await latentkit('replay', 'large.png', '--model', 'model')).stderr).toMatch(
    /latentkit: model: no such folder/,
  )
  const { code, stdout } = await latentkit('replay', 'large.png', '--model', 'elsewhere', '--json')
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { same: true, reasons: [] }])
  expect(await latentkit('replay', 'small.png')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^latentkit: small\.png: has no receipt\. /),
  })
})

test('a receipt of a picture made in the reference’s way is followed', async () => {
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.png')
  const receipt = (await readReceipt(path('large.png'))) as Receipt
  const other = { ...receipt, settings: { ...receipt.settings, compat: 'diffusers' } }
  await writeImage(path('other.png'), await readImage(path('large.png')), { receipt: other })
  expect((await latentkit('replay', 'other.png')).stderr).toMatch(/samples differ/)
})

test('a picture is known by its bytes, whatever it is called by now', async () => {
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.jpg')
  await rename(path('large.jpg'), path('large'))
  expect(await latentkit('replay', 'large')).toMatchObject({
    code: 0,
    stdout: 'large: the same picture came out again\n',
  })
})

test('the two pictures that are compared are not written over', async () => {
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.png')
  const before = [await readFile(path('small.png')), await readFile(path('large.png'))]
  for (const name of ['small.png', 'large.png', './large.png'])
    expect(await latentkit('replay', 'large.png', '-o', name)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is one of the two pictures that are needed'),
    })
  expect([await readFile(path('small.png')), await readFile(path('large.png'))]).toEqual(before)
})

test('a picture that was made in a browser is made again on this machine’s processor', async () => {
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.png')
  const receipt = (await readReceipt(path('large.png'))) as object
  await writeImage(path('page.png'), await readImage(path('large.png')), { receipt: { ...receipt, device: 'wasm' } })
  expect(await latentkit('replay', 'page.png')).toMatchObject({
    code: 0,
    stdout: 'page.png: the same picture came out again, although there is a different device (wasm then, cpu now)\n',
  })
})

test('a picture that a page reduced before it enlarged it is made again', async () => {
  const data = Uint8Array.from({ length: 33 * 25 * 3 }, (_, i) => (i * 7) % 251)
  await writeImage(path('photo.png'), rasterImage(33, 25, 3, data))
  const reduced = resizeImage(await readImage(path('photo.png')), { width: 16, height: 12 }, 'lanczos')
  await writeImage(path('reduced.png'), reduced)
  await latentkit('upscale', 'reduced.png', '--steps', '1', '-o', 'large.png')
  const receipt = (await readReceipt(path('large.png'))) as Receipt
  const sha256 = createHash('sha256')
    .update(await readFile(path('photo.png')))
    .digest('hex')
  const writePage = async (name: string, reducedTo: string) => {
    const picture = { name: 'photo.png', sha256, reducedTo }
    await writeImage(path(name), await readImage(path('large.png')), { receipt: { ...receipt, picture } })
  }
  await writePage('page.png', '16×12')
  const { code, stdout } = await latentkit('replay', 'page.png', '-o', 'again.png')
  expect([code, stdout]).toEqual([0, 'page.png: the same picture came out again\n'])
  expect(await readReceipt(path('again.png'))).toEqual(await readReceipt(path('page.png')))

  expect(await latentkit('replay', 'page.png', '--input', 'small.png')).toMatchObject({
    code: 1,
    stderr:
      'latentkit: small.png: has 12×10 pixels, but what was enlarged had been reduced to 16×12. Name the right picture with --input.\n',
  })
  await writePage('odd.png', 'small')
  expect((await latentkit('replay', 'odd.png')).stderr).toContain('expected a width and height in pixels')
})

test('settings of a receipt that are not to be had here are its, not options of the command', async () => {
  await latentkit('upscale', 'small.png', ...options, '-o', 'large.png')
  const receipt = (await readReceipt(path('large.png'))) as Receipt
  const replay = async (settings: object) => {
    const changed = { ...receipt, settings: { ...receipt.settings, ...settings } }
    await writeImage(path('other.png'), await readImage(path('large.png')), { receipt: changed })
    const { code, stderr } = await latentkit('replay', 'other.png')
    return [code, stderr.split('\n').at(-2)]
  }
  const refusal = 'latentkit: other.png: its receipt cannot be followed here'
  expect(await replay({ precision: 'float16' })).toEqual([
    1,
    `${refusal} (precision is "float16"; expected float32, since cpu does not compute with float16 here). A graphics card may: --device webgpu.`,
  ])
  expect(await replay({ scheduler: 'Magic' })).toEqual([
    1,
    expect.stringContaining(`${refusal} (scheduler is "Magic"; `),
  ])
  expect(await replay({ backProjection: -1 })).toEqual([
    1,
    expect.stringContaining(`${refusal} (back projection is -1; `),
  ])
})

test('a small picture of another size is told before the work', async () => {
  await latentkit('upscale', 'small.png', '--steps', '1', '-o', 'large.png')
  await writeImage(path('other.png'), rasterImage(8, 10, 3, new Uint8Array(8 * 10 * 3)))
  const { code, stdout, stderr } = await latentkit('replay', 'large.png', '--input', 'other.png', '--json')
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('it was 48×40 pixels, now it would be 32×40. Different: '),
  ])
  expect(stderr).not.toContain('Denoising')
  expect(JSON.parse(stdout)).toMatchObject({ same: false, reasons: { length: 1 } })
})
