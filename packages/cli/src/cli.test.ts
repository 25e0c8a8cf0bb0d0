import { exec } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { readImage, writeImage } from '@latentkit/backend-node'
import { rasterImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { program, type RunOptions, runLatentkit } from './command-fixture.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  await writeImage(
    join(folder, 'small.png'),
    rasterImage(
      6,
      4,
      3,
      Uint8Array.from({ length: 72 }, (_, i) => i * 3),
    ),
  )
})
afterEach(() => rm(folder, { recursive: true }))

const latentkit = (args: readonly string[], onOutput?: RunOptions['onOutput']) =>
  runLatentkit(args, { cwd: folder, onOutput })

describe('latentkit upscale', () => {
  test('writes beside the picture and says so', async () => {
    const { code, stdout, stderr } = await latentkit(['upscale', 'small.png'])
    expect(stdout).toMatch(/^small-4x\.png: 24×16 pixels, \d+\.\d s\n$/)
    expect(stderr).toMatch(/^Loading the model\nDenoising\nStep 1 of 2, .*\nStep 2 of 2, .*\nDecoding\nFinishing\n$/)
    expect(code).toBe(0)
    expect(await readImage(join(folder, 'small-4x.png'))).toMatchObject({ width: 24, height: 16 })
    expect((await readdir(folder)).sort()).toEqual(['small-4x.png', 'small.png'])
  })

  test('the same settings give the same file, printed as JSON', async () => {
    const options = [
      '--steps',
      '2',
      '--eta',
      '0.5',
      '--seed',
      '12345678901234567890',
      '--back-projection',
      '1',
      '--json',
    ]
    const first = await latentkit(['upscale', 'small.png', '-o', 'a.png', ...options])
    await latentkit(['upscale', 'small.png', '-o', 'b.png', ...options])
    expect(JSON.parse(first.stdout)).toMatchObject({
      input: 'small.png',
      output: 'a.png',
      width: 24,
      height: 16,
      model: 'ldm-sr-tiny',
      steps: 2,
      eta: 0.5,
      backProjection: 1,
      seed: '12345678901234567890',
      scheduler: 'DDIMScheduler',
    })
    expect(await readFile(join(folder, 'a.png'))).toEqual(await readFile(join(folder, 'b.png')))
  })

  test.skipIf(process.platform === 'win32')('Ctrl-C stops within one step and leaves nothing', async () => {
    let pressed = false
    const { code, stderr } = await latentkit(['upscale', 'small.png', '--steps', '1000'], (said, kill) => {
      if (!pressed && said.includes('Step 100 of')) kill('SIGINT')
      pressed ||= said.includes('Step 100 of')
    })
    expect(stderr).toMatch(/latentkit: stopped; nothing was written\.\n$/)
    expect(stderr).not.toContain('Step 300')
    expect(code).toBe(130)
    expect(await readdir(folder)).toEqual(['small.png'])
  })

  test('--help teaches', async () => {
    const { code, stdout } = await latentkit(['upscale', '--help'])
    expect(code).toBe(0)
    for (const word of ['--steps', '--seed', '--model', 'Examples:', 'Exit codes:']) expect(stdout).toContain(word)
  })
})

describe('several pictures', () => {
  test('a folder becomes a folder; what is there already is left out; a failure does not stop the rest', async () => {
    await mkdir(join(folder, 'photos'))
    for (const name of ['a.png', 'b.png']) await cp(join(folder, 'small.png'), join(folder, 'photos', name))
    await writeFile(join(folder, 'photos/broken.jpg'), 'no picture')
    await writeFile(join(folder, 'photos/notes.txt'), 'no picture either')
    const first = await latentkit(['upscale', 'photos', '-o', 'new/large', '--steps', '1', '--json'])
    expect(first.code).toBe(1)
    expect(first.stderr).toMatch(/broken\.jpg: is not a picture that can be read/)
    expect(first.stderr).toMatch(/latentkit: 1 of 3 pictures failed: photos.broken\.jpg\.\n$/)
    const { done, failed } = JSON.parse(first.stdout)
    expect([done.length, failed.length]).toEqual([2, 1])
    expect((await readdir(join(folder, 'new/large'))).sort()).toEqual(['a-4x.png', 'b-4x.png'])

    await rm(join(folder, 'photos/broken.jpg'))
    await rm(join(folder, 'new/large/b-4x.png'))
    const second = await latentkit(['upscale', 'photos', '-o', 'new/large', '--steps', '1', '--skip-existing'])
    expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/^new.large.b-4x\.png: 24×16 pixels/) })
  })

  test('the same settings give the same bytes, whatever the order', async () => {
    await writeImage(join(folder, 'other.png'), rasterImage(7, 9, 3, new Uint8Array(189).fill(80)))
    await latentkit(['upscale', 'other.png', 'small.png', '--steps', '1', '-o', 'one/'])
    await latentkit(['upscale', 'small.png', '--steps', '1', '-o', 'two/'])
    expect(await readFile(join(folder, 'one/small-4x.png'))).toEqual(await readFile(join(folder, 'two/small-4x.png')))
  })

  test('two pictures for one result, or a file for several, are refused', async () => {
    await mkdir(join(folder, 'elsewhere'))
    await cp(join(folder, 'small.png'), join(folder, 'elsewhere/small.png'))
    const both = await latentkit(['upscale', 'small.png', 'elsewhere/small.png', '-o', 'large/'])
    expect(both).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/names that differ: both would become large.small-4x\.png/),
    })
    const file = await latentkit(['upscale', 'small.png', 'other.png', '-o', 'large.png'])
    expect(file).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/expected a folder, since there are several pictures/),
    })
    await mkdir(join(folder, 'none'))
    expect(await latentkit(['upscale', 'none'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/none: holds no pictures/),
    })
  })

  test('- reads standard input and writes standard output', async () => {
    const run = promisify(exec)
    await run(`"${process.execPath}" "${program}" upscale - --steps 1 < small.png > piped.png`, { cwd: folder })
    await latentkit(['upscale', 'small.png', '--steps', '1'])
    const pixels = async (name: string) => (await readImage(join(folder, name))).data
    expect(await pixels('piped.png')).toEqual(await pixels('small-4x.png'))
  })
})

describe('latentkit inspect', () => {
  const model = fileURLToPath(new URL('.', modelFiles['model_index.json']))

  test('lists a model’s weights as a table', async () => {
    const { code, stdout } = await latentkit(['inspect', model])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^unet\/diffusion_pytorch_model\.safetensors \(UNet2DModel\): safetensors, \d+ tensors \(\d+ float16\), 1,\d{3},\d{3} parameters\n/,
    )
    expect(stdout).toMatch(/^conv_in\.weight +float16 +\[48, 6, 3, 3\] +\d+ +5184$/m)
    expect(stdout).toContain('(VQModel)')
  })

  test('lists one file as JSON', async () => {
    const { stdout } = await latentkit(['inspect', join(model, 'vqvae/diffusion_pytorch_model.safetensors'), '--json'])
    const { format, tensors } = JSON.parse(stdout)
    expect(format).toBe('safetensors')
    expect(tensors.find(({ name }: { name: string }) => name === 'quantize.embedding.weight')).toMatchObject({
      dtype: 'float16',
      shape: [16384, 3],
      byteLength: 98304,
      inPlace: true,
    })
  })

  test('knows an original checkpoint by its names', async () => {
    const name = 'model.diffusion_model.out.2.bias'
    const header = JSON.stringify({ [name]: { dtype: 'F32', shape: [3], data_offsets: [0, 12] } })
    const length = new Uint8Array(8)
    new DataView(length.buffer).setUint32(0, header.length, true)
    const path = join(folder, 'original.safetensors')
    await writeFile(path, Buffer.concat([length, Buffer.from(header), new Uint8Array(12)]))
    const { stdout } = await latentkit(['inspect', path])
    expect(stdout).toMatch(/original\.safetensors \(LatentDiffusion\): safetensors, 1 tensors/)
    expect((await latentkit(['inspect', '.'])).stdout).toBe(stdout.replace(`${path} `, 'original.safetensors '))
  })

  test('leaves out weights beside a model that are none of its components', async () => {
    const copy = join(folder, 'with-lora')
    await cp(model, copy, { recursive: true })
    await writeFile(join(copy, 'pytorch_lora_weights.safetensors'), '')
    expect((await latentkit(['inspect', copy])).stdout).toBe((await latentkit(['inspect', model])).stdout)
  })

  test('says what is wrong with what is no model', async () => {
    expect(await latentkit(['inspect', 'small.png'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^latentkit: .*small\.png: /),
    })
    expect(await latentkit(['inspect', '.'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/holds no weights/),
    })
  })
})

describe('bad input is one clear line, an exit code, and no file', () => {
  async function refused(args: readonly string[], code: number, message: RegExp): Promise<void> {
    const before = (await readdir(folder)).sort()
    const outcome = await latentkit(['upscale', ...args])
    expect(outcome.stderr).toMatch(message)
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect((await readdir(folder)).sort()).toEqual(before)
  }

  test('pictures', async () => {
    await writeFile(join(folder, 'empty.jpg'), '')
    await writeFile(join(folder, 'text.jpg'), 'no picture')
    await writeFile(join(folder, 'cut.png'), (await readFile(join(folder, 'small.png'))).subarray(0, 60))
    await refused(['none.jpg'], 1, /^latentkit: none\.jpg: no such file\.$/m)
    await refused(['empty.jpg'], 1, /^latentkit: empty\.jpg: is empty\. Give a JPEG/)
    await refused(['text.jpg'], 1, /^latentkit: text\.jpg: is not a picture that can be read\./)
    await refused(['cut.png'], 1, /^latentkit: cut\.png: is damaged or cut off/)
    await mkdir(join(folder, 'empty'))
    await refused(['empty'], 1, /^latentkit: empty: holds no pictures\./)
  })

  test('outputs', async () => {
    await refused(['small.png', '-o', 'small.png/a.png'], 1, /small\.png is not a folder/)
    await refused(
      ['small.png', '-o', 'a.bmp'],
      2,
      /--output is "a\.bmp"; expected a name that ends with one of \.png, .*: \.bmp is no picture format that can be written\.$/m,
    )
    await refused(
      ['small.png', '-o', pathToFileURL(join(folder, 'small.png')).href],
      2,
      /expected another file than the picture itself/,
    )
    await refused(['https://example.test/a.png'], 1, /a\.png: is an address, not a file\. Fetch it first\.$/m)
    await refused(
      ['small.png', '-o', './small.png'],
      2,
      /--output is "\.\/small\.png"; expected another file than the picture itself/,
    )
    await refused(
      ['small.png', '-o', 'large'],
      2,
      /--output is "large"; .* or a folder, whose name ends with \/: large\/\.$/m,
    )
    await refused(
      ['small.png', '-o', 'large.png', '--format', 'jpg'],
      2,
      /--format is "jpg"; expected none beside --output large\.png, whose ending names the format\.$/m,
    )
    for (const [name, format] of [
      ['large.JPEG', 'jpg'],
      ['large.tiff', 'tif'],
    ] as const) {
      const same = await latentkit([
        'upscale',
        'small.png',
        '-o',
        name,
        '--format',
        format,
        '--dry-run',
        '--steps',
        '1',
      ])
      expect(same).toMatchObject({ code: 0 })
    }
  })

  test('options', async () => {
    await refused(
      ['small.png', '--steps', '0'],
      2,
      /^latentkit: --steps is 0; expected a whole number from 1 to 1000\.$/m,
    )
    await refused(['small.png', '--steps', '1001'], 2, /--steps is 1001; expected a whole number from 1 to 1000/)
    await refused(['small.png', '--steps', 'many'], 2, /--steps is "many"; expected a number/)
    await refused(['small.png', '--eta', '2'], 2, /--eta is 2; expected a number from 0 to 1/)
    await refused(['small.png', '--samples', '1e12'], 2, /--samples is 1000000000000; expected .* from 1 to 10000/)
    await refused(['small.png', '--seed', '1.5'], 2, /--seed is "1\.5"; expected a whole number/)
    await refused(['small.png', '--seed', '9'.repeat(1001)], 2, /; expected a whole number of 1000 digits at most/)
    await refused(['small.png', '--precision', 'float16'], 2, /precision is "float16"; expected float32, since cpu/)
    await refused(['small.png', '--scheduler', 'magic'], 2, /--scheduler is "magic"; expected one of ddim/)
  })

  test.each([
    [['upscale', 'small.png', '']],
    [['upscale', 'small.png', '-o', '']],
    [['upscale', 'small.png', '--model', '']],
    [['replay', '']],
    [['inspect', '']],
    [['plan', '--model', '']],
    [['plan', '--scheduler', '']],
    [['models', 'list', '--cache-dir', '']],
    [['models', 'remove', '']],
  ])('nothing where something is meant: %j', async (args) => {
    const { code, stdout, stderr } = await latentkit(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^latentkit: (--)?[a-z- ]+ is ""; expected (a|the|one) [^\n]+\.\n$/)
    expect(stderr).not.toMatch(/such as \.png/)
    expect(await readdir(folder)).toEqual(['small.png'])
  })

  test('models', async () => {
    const model = join(folder, 'model')
    await refused(['small.png', '--model', 'nowhere'], 1, /^latentkit: nowhere: no such folder or file\./)
    await mkdir(model)
    await refused(['small.png', '--model', 'model'], 1, /^latentkit: .*model_index\.json: no such file/)
    await cp(fileURLToPath(new URL('.', modelFiles['model_index.json'])), model, { recursive: true })
    const weights = join(model, 'unet/diffusion_pytorch_model.safetensors')
    const whole = await readFile(weights)
    await writeFile(weights, whole.subarray(0, whole.length - 1000))
    await refused(['small.png', '--model', 'model'], 1, /^latentkit: unet\/diffusion_pytorch_model\.safetensors: /)
    await writeFile(weights, Buffer.concat([Buffer.from('ffffffffffffff7f', 'hex'), whole.subarray(8)]))
    await refused(
      ['small.png', '--model', 'model'],
      1,
      /^latentkit: unet\/diffusion_pytorch_model\.safetensors: .*header/,
    )
  })

  test('a stack comes only with --debug', async () => {
    const plain = await latentkit(['upscale', 'none.jpg'])
    const debug = await latentkit(['--debug', 'upscale', 'none.jpg'])
    expect(plain.stderr).not.toMatch(/\n\s+at /)
    expect(debug.stderr).toMatch(/\n\s+at /)
  })
})
