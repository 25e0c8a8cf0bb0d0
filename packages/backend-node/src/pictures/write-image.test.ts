import { execFile } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type PictureMetadata, rasterImage } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import sharp, { type Sharp } from 'sharp'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { assertEncodable, encodeImage } from './encode-image.ts'
import { srgbToP3 } from './pictures-fixture.ts'
import { readImage } from './read-image.ts'
import { readReceipt } from './read-receipt.ts'
import { assertWritable, writeImage, writePictureFile } from './write-image.ts'

vi.mock('node:fs/promises', { spy: true })
vi.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }))

const isWindows = process.platform === 'win32'
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.resetAllMocks()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const samples = Uint8Array.from({ length: 18 }, (_, i) => i * 14)
const colours = rasterImage(2, 3, 3, samples)
const clear = rasterImage(1, 2, 4, Uint8Array.of(10, 20, 30, 0, 200, 100, 50, 128))
const endings = ['png', 'jpg', 'JPEG', 'webp', 'avif', 'tif', 'tiff']

/** Metadata of a picture that sharp made. */
async function metadataOf(make: (image: Sharp) => Sharp): Promise<PictureMetadata> {
  const image = sharp(samples, { raw: { width: 2, height: 3, channels: 3 } })
  return (await readImage(await make(image).png().toBuffer())).metadata!
}

describe('samples', () => {
  test('a written PNG is read back to the byte, with and without alpha', async () => {
    for (const image of [colours, clear]) {
      await writeImage(join(folder, 'picture.png'), image)
      expect(await readImage(join(folder, 'picture.png'))).toEqual(image)
    }
    expect(await readdir(folder)).toEqual(['picture.png'])
  })

  test('every format that can be written is read back at its size', async () => {
    for (const ending of endings) {
      await writeImage(join(folder, `picture.${ending}`), colours)
      expect(await readImage(join(folder, `picture.${ending}`))).toMatchObject({ width: 2, height: 3, channels: 3 })
    }
  })

  test('without an ending it is a PNG, as in a browser', async () => {
    expect(await encodeImage(colours)).toEqual(await encodeImage(colours, '.png'))
  })

  test('alpha is kept where the format has it', async () => {
    for (const ending of ['.png', '.webp', '.avif', '.tif']) {
      const { channels, data } = await readImage(await encodeImage(clear, ending))
      expect([channels, data[3], Math.round(data[7]! / 4)]).toEqual([4, 0, 32])
    }
  })

  test('PNG and TIFF keep 16 bits, the others get them rounded', async () => {
    const deep = rasterImage(
      2,
      2,
      3,
      Uint16Array.from({ length: 12 }, (_, i) => i * 5000 + 128),
    )
    for (const ending of ['.png', '.tif'])
      expect((await readImage(await encodeImage(deep, ending))).data).toEqual(deep.data)
    // 129 / 257 is above a half: 1, where cutting the lower byte off would give 0.
    const dark = rasterImage(8, 8, 3, new Uint16Array(192).fill(129))
    expect((await readImage(await encodeImage(dark, '.webp'))).data).toEqual(new Uint8Array(192).fill(1))
  })

  test('grey of 8 and 16 bits, with and without alpha', async () => {
    expect([...(await readImage(await encodeImage(rasterImage(1, 1, 1, Uint8Array.of(7)), '.png'))).data]).toEqual([
      7, 7, 7,
    ])
    const deep = rasterImage(1, 1, 2, Uint16Array.of(700, 9000))
    expect([...(await readImage(await encodeImage(deep, '.tif'))).data]).toEqual([700, 700, 700, 9000])
  })
})

describe('quality', () => {
  const grain = rasterImage(
    32,
    32,
    3,
    Uint8Array.from({ length: 3072 }, (_, i) => (i * i * 31) % 251),
  )

  test.each([
    ['.jpg', 95],
    ['.webp', 95],
    ['.avif', 80],
  ])('makes a %s smaller; without it it is %i', async (ending, usual) => {
    const plain = await encodeImage(grain, ending)
    expect(await encodeImage(grain, ending, { quality: usual })).toEqual(plain)
    expect((await encodeImage(grain, ending, { quality: 30 })).length).toBeLessThan(plain.length * 0.7)
    expect((await encodeImage(grain, ending, { quality: 100 })).length).toBeGreaterThan(plain.length)
  })

  test.each(['.png', '.tif'])('does nothing to a %s', async (ending) => {
    expect(await encodeImage(grain, ending, { quality: 30 })).toEqual(await encodeImage(grain, ending))
  })

  test.each([0, 101, 50.5, Number.NaN])('%d is refused, and nothing is written', async (quality) => {
    const refusal = {
      code: 'invalid_argument',
      message: `quality is ${quality}; expected a whole number from 1 to 100.`,
    }
    for (const ending of ['.jpg', '.png']) {
      await expect(encodeImage(grain, ending, { quality })).rejects.toMatchObject(refusal)
      await expect(writeImage(join(folder, 'new', `a${ending}`), grain, { quality })).rejects.toMatchObject(refusal)
    }
    expect(await readdir(folder)).toEqual([])
  })
})

describe('metadata', () => {
  test('EXIF, XMP and density are written wherever the format can', async () => {
    const made = await metadataOf((image) =>
      image
        .withExif({ IFD0: { Make: 'Test' }, IFD2: { PixelXDimension: '999' }, IFD3: { GPSLatitudeRef: 'N' } })
        .withXmp(
          '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>',
        )
        .withDensity(240),
    )
    const image = rasterImage(2, 3, 3, samples, made)
    for (const ending of endings) {
      const written = await readImage(await encodeImage(image, `.${ending}`))
      expect(written.metadata?.xmp).toBe(made.xmp)
      if (!/webp|avif/.test(ending)) expect(written.metadata?.density).toBe(240)
      // libvips writes no EXIF into a TIFF.
      if (/tif/.test(ending)) continue
      const exif = Buffer.from(written.metadata!.exif!)
      expect(exif.toString('latin1')).toContain('Test')
      // PixelXDimension, a long: what the picture has, not what it had.
      const at = exif.indexOf(Buffer.of(0x02, 0xa0, 4, 0, 1, 0, 0, 0))
      expect(exif.readUInt32LE(at + 8)).toBe(2)
    }
    expect((await readImage(await encodeImage(image, '.png'))).data).toEqual(samples)
  })

  test('without a folder for temporary files a profile is refused in words', async () => {
    const { icc } = await metadataOf((image) => image.withIccProfile('p3'))
    const image = rasterImage(1, 1, 3, Uint8Array.of(1, 2, 3), { icc: icc! })
    for (const variable of ['TMPDIR', 'TEMP']) vi.stubEnv(variable, join(folder, 'none'))
    for (const [platform, variable] of [
      ['linux', 'TMPDIR'],
      ['win32', 'TEMP'],
    ] as const) {
      vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
      const hint = `Set ${variable} to another one.`
      await expect(encodeImage(image, '.png', { profile: 'original' })).rejects.toMatchObject({ code: 'picture', hint })
    }
    vi.unstubAllEnvs()
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
    vi.mocked(writeFile).mockRejectedValueOnce(full)
    await expect(encodeImage(image, '.png', { profile: 'original' })).rejects.toMatchObject({
      code: 'picture',
      message: expect.stringMatching(/^picture: nothing can be written to the folder for temporary files/),
    })
  })

  test.each([8, 16])('colours go back to the profile they came from, in %i bits', async (depth) => {
    const { icc } = await metadataOf((image) => image.withIccProfile('p3'))
    const srgb = [240, 40, 80, 20, 160, 90]
    const scale = depth === 16 ? 257 : 1
    const data = depth === 16 ? Uint16Array.from(srgb, (v) => v * scale) : Uint8Array.from(srgb)
    const image = rasterImage(2, 1, 3, data, { icc: icc! })
    const original = await encodeImage(image, '.png', { profile: 'original' })
    const stored = await sharp(original, { ignoreIcc: true }).raw().toBuffer()
    const p3 = [...srgbToP3(srgb.slice(0, 3)), ...srgbToP3(srgb.slice(3))]
    expect(largestDifference(stored, p3)).toBeLessThanOrEqual(1)
    expect(largestDifference(stored, srgb)).toBeGreaterThan(15)
    const back = await readImage(original)
    expect(back.metadata?.icc).toHaveLength(icc!.length)
    expect(
      largestDifference(
        Array.from(back.data, (v) => v / scale),
        srgb,
      ),
      // See the test of reading.
    ).toBeLessThan(depth === 16 ? 5 : 2)
    // Without being asked: sRGB, and no profile that would say otherwise.
    const plain = await readImage(await encodeImage(image, '.png'))
    expect(plain.metadata?.icc).toBeUndefined()
    expect(plain.data).toEqual(data)
  })
})

describe('a receipt', () => {
  const receipt = { model: 'a/b', steps: 8, eta: 1, note: '<&>"für' }

  test.each(endings)('is read back from a .%s', async (ending) => {
    const path = join(folder, `picture.${ending}`)
    await writeImage(path, colours, { receipt })
    expect(await readReceipt(path)).toEqual(receipt)
    expect((await readImage(path)).metadata?.xmp).toContain('receipt')
  })

  test('stands beside the XMP that the picture has, and replaces an earlier one', async () => {
    const xmp =
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="scan"/></rdf:RDF></x:xmpmeta>'
    const first = await readImage(await encodeImage(rasterImage(2, 3, 3, samples, { xmp }), '.png', { receipt: 1 }))
    const second = await encodeImage(first, '.jpg', { receipt })
    expect(await readReceipt(second)).toEqual(receipt)
    const kept = (await readImage(second)).metadata!.xmp!
    expect(kept).toContain('dc:source="scan"')
    expect(kept.match(/<latentkit:receipt>/g)).toHaveLength(1)
  })

  test('none is undefined; what is no picture is an error', async () => {
    expect(await readReceipt(await encodeImage(colours, '.png'))).toBeUndefined()
    await expect(readReceipt(join(folder, 'none.png'))).rejects.toThrow(/none\.png: no such file/)
    await expect(readReceipt(new Uint8Array())).rejects.toThrow('picture: is empty')
  })

  test('that does not fit a JPEG together with the picture’s XMP stays alone, or is refused', async () => {
    const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="${'a'.repeat(59_900)}"/></rdf:RDF></x:xmpmeta>`
    const image = rasterImage(2, 3, 3, samples, { xmp })
    expect(await readReceipt(await encodeImage(image, '.jpg', { receipt }))).toEqual(receipt)
    await expect(encodeImage(colours, '.jpg', { receipt: 'a'.repeat(60_000) })).rejects.toThrow(
      'JPEG: a JPEG cannot hold a receipt that takes more than 60000 bytes. Use another format.',
    )
  })
})

test('alpha that is full everywhere is left out of a JPEG', async () => {
  const alpha = rasterImage(2, 1, 4, Uint8Array.of(9, 9, 9, 255, 200, 200, 200, 255))
  const { metadata, ...read } = await readImage(await encodeImage(alpha, '.jpg', { quality: 100 }))
  const { metadata: _, ...expected } = await readImage(
    await encodeImage(rasterImage(2, 1, 3, Uint8Array.of(9, 9, 9, 200, 200, 200)), '.jpg', { quality: 100 }),
  )
  expect(read).toEqual(expected)
  // Samples that are not known may be anything.
  expect(() => assertEncodable('.jpg', { channels: 4 })).toThrow('a JPEG cannot hold the transparency')
})

test('an ending is taken without its dot, too, but not as the name of a file', async () => {
  expect(await encodeImage(colours, 'jpg')).toEqual(await encodeImage(colours, '.jpg'))
  expect(await encodeImage(colours, 'TIFF')).toEqual(await encodeImage(colours, '.tiff'))
  assertEncodable('webp', clear)
  expect(() => assertEncodable('jpg', clear)).toThrow('a JPEG cannot hold the transparency')
  await expect(encodeImage(colours, 'bmp')).rejects.toThrow('".bmp" is no picture format')
  for (const ending of ['', 'constructor', 'a/jpg'])
    await expect(encodeImage(colours, ending)).rejects.toMatchObject({ code: 'picture' })
  await expect(writeImage('jpg', colours)).rejects.toThrow('"" is no picture format')
})

describe('what is given', () => {
  const path = () => join(folder, 'new', 'a.png')
  /** By both ways of writing, and nothing is written. */
  async function refused(image: unknown, options: unknown, message: string) {
    const error = { code: 'invalid_argument', message: expect.stringContaining(message) }
    await expect(encodeImage(image as never, '.png', options as never)).rejects.toMatchObject(error)
    await expect(writeImage(path(), image as never, options as never)).rejects.toMatchObject(error)
    expect(await readdir(folder)).toEqual([])
  }

  test('that is no picture is refused, before anything is written', async () => {
    const image = { width: 2, height: 3, channels: 3, data: new Uint8Array(18) }
    await refused({ ...image, data: new Float32Array(18) }, {}, 'data is "Float32Array"; expected a Uint8Array')
    await refused({ ...image, data: new Uint8Array(19) }, {}, 'data.length is 19; expected 18')
    await refused({ ...image, data: new Uint8Array(17) }, {}, 'data.length is 17; expected 18')
    await refused({ ...image, width: 0, height: 0, data: new Uint8Array() }, {}, 'width is 0; expected')
    await refused({ images: [image], settings: {} }, {}, 'Of a result, give images[0].')
    await refused(Promise.resolve(image), {}, 'image is a promise, which is to be awaited')
    await refused(undefined, {}, 'image is undefined; expected a picture')
    const clamped = { ...colours, data: new Uint8ClampedArray(samples) } as never
    expect(await encodeImage(clamped, '.png')).toEqual(await encodeImage(colours, '.png'))
  })

  test('as options of other names and values is refused', async () => {
    await refused(colours, { qualty: 80 }, 'option is "qualty"; expected one of profile, quality, receipt.')
    await refused(colours, { profile: 'p3' }, 'profile is "p3"; expected srgb or original.')
    await refused(colours, null, 'options is null; expected an object of profile, quality, receipt.')
  })

  test('as a place or a shape is refused as what it is', async () => {
    const place = { code: 'invalid_argument', message: 'place is 3; expected a path or a file: URL.' }
    await expect(writeImage(3 as never, colours)).rejects.toMatchObject(place)
    await expect(assertWritable(3 as never, colours)).rejects.toMatchObject(place)
    const ending = 'ending is 3; expected an ending such as .png.'
    await expect(encodeImage(colours, 3 as never)).rejects.toThrow(ending)
    expect(() => assertEncodable(3 as never, colours)).toThrow(ending)
    for (const shape of [undefined, { images: [colours] }, { channels: 5 }])
      await expect(assertWritable(path(), shape as never)).rejects.toMatchObject({ argument: 'channels' })
    const name = { code: 'picture', message: `${folder}/a\0.png: is no name of a file.` }
    await expect(writeImage(`${folder}/a\0.png`, colours)).rejects.toMatchObject(name)
    const long = await writeImage(join(folder, `x.${'a'.repeat(500_000)}`), colours).catch((error) => error)
    expect(long).toMatchObject({ code: 'picture', message: expect.stringMatching(/is no picture format/) })
    expect(long.message.length).toBeLessThan(600)
  })

  test('wrongly by a program is no fault of the disk', async () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    await expect(writeImage(path(), colours, { receipt: circle })).rejects.toThrow(TypeError)
    const fault = new TypeError('planted')
    vi.mocked(open).mockRejectedValueOnce(fault)
    await expect(writeImage(path(), colours)).rejects.toBe(fault)
  })

  test('what the encoder itself refuses is told as a picture’s fault', async () => {
    vi.spyOn(sharp.prototype, 'toBuffer').mockRejectedValue(new Error('vips: planted\nmore'))
    const error = { code: 'picture', message: '.png: cannot be encoded: vips: planted.' }
    await expect(encodeImage(colours, '.png')).rejects.toMatchObject(error)
  })
})

describe('places', () => {
  test('file URLs are taken as objects and as texts; other addresses are refused in a few words', async () => {
    const url = pathToFileURL(join(folder, 'new', 'ä b.png'))
    await assertWritable(url, colours)
    await assertWritable(url.href, colours)
    await writeImage(url, colours)
    expect(await readImage(url)).toEqual(colours)
    await rm(url)
    await writeImage(url.href, colours)
    expect(await readImage(url)).toEqual(colours)

    const data = `data:image/png;base64,${'A'.repeat(500_000)}.png`
    for (const place of ['https://example.org/a.png', new URL('s3://bucket/a.png'), data, new URL(data)]) {
      const error = {
        code: 'picture',
        message: expect.stringMatching(/^[a-z].{0,250}: is an address, not a file\. Give a path or a file: URL\.$/),
      }
      await expect(writeImage(place, colours)).rejects.toMatchObject(error)
      await expect(assertWritable(place, colours)).rejects.toMatchObject(error)
    }
    // One slash is as good as three.
    await writeImage(`file:${join(folder, 'one.png')}`, colours)
    expect(await readImage(join(folder, 'one.png'))).toEqual(colours)
    await expect(writeImage('file:///a%2Fb.png', colours)).rejects.toThrow('is no address of a file on this machine')
  })

  test('bytes that were encoded before are written in the same way', async () => {
    const bytes = await encodeImage(colours, '.png')
    await writePictureFile(pathToFileURL(join(folder, 'new/picture.png')), bytes)
    expect(await readFile(join(folder, 'new/picture.png'))).toEqual(Buffer.from(bytes))
    await mkdir(join(folder, 'folder.png'))
    await expect(writePictureFile(join(folder, 'folder.png'), bytes)).rejects.toMatchObject({ code: 'picture' })
  })

  test('folders that are missing are made', async () => {
    const path = join(folder, 'a', 'b', 'picture.png')
    await assertWritable(path, colours)
    expect(await readdir(folder)).toEqual([])
    await writeImage(path, colours)
    expect(await readImage(path)).toEqual(colours)
  })

  test('what cannot be written is a clear error and leaves nothing behind', async () => {
    await mkdir(join(folder, 'folder.png'))
    await writeFile(join(folder, 'file'), '')
    if (!isWindows) await symlink('loop.png', join(folder, 'loop.png'))
    const before = await readdir(folder)
    const refused: [string, typeof colours, RegExp][] = [
      ['picture.bmp', colours, /"\.bmp" is no picture format.*\.png, \.jpg/],
      ['picture', colours, /"" is no picture format/],
      ['folder.png', colours, /is a folder/],
      ['file/a.png', colours, /file is not a folder/],
      ['file/b/a.png', colours, /is not a folder/],
      ['a.jpg', clear, /a JPEG cannot hold the transparency.*\.png/],
      [
        'new/a.webp',
        rasterImage(16_384, 1, 1, new Uint8Array(16_384)),
        /a WebP holds at most 16383 pixels a side, not 16384×1/,
      ],
    ]
    // Windows lets a user make no links, and says of a name that is too long that there is none.
    if (!isWindows) {
      refused.push(['loop.png', colours, /a link leads back to itself/])
      refused.push([`${'a'.repeat(300)}.png`, colours, /its name is too long/])
    }
    for (const [path, image, message] of refused) {
      await expect(writeImage(join(folder, path), image)).rejects.toThrow(message)
      await expect(assertWritable(join(folder, path), image)).rejects.toThrow(message)
    }
    expect(await readdir(folder)).toEqual(before)
  })

  test('a name may be as long as names can be', async () => {
    const path = join(folder, `${'a'.repeat(251)}.png`)
    await writeImage(path, colours)
    expect(await readImage(path)).toEqual(colours)
  })

  test.skipIf(isWindows)('permissions and links stay, a pipe takes what comes', async () => {
    const at = (name: string) => join(folder, name)
    await writeFile(at('private.png'), 'before', { mode: 0o600 })
    await symlink('private.png', at('link.png'))
    await writeImage(at('link.png'), colours)
    expect((await lstat(at('link.png'))).isSymbolicLink()).toBe(true)
    expect((await stat(at('private.png'))).mode & 0o777).toBe(0o600)
    expect(await readImage(at('private.png'))).toEqual(colours)

    await promisify(execFile)('mkfifo', [at('pipe.png')])
    const [bytes] = await Promise.all([readFile(at('pipe.png')), writeImage(at('pipe.png'), colours)])
    expect(await readImage(bytes)).toEqual(colours)
    expect((await readdir(folder)).sort()).toEqual(['link.png', 'pipe.png', 'private.png'])
  })

  test('a picture is replaced where the disk sets no permissions, which are the same anyway', async () => {
    const path = join(folder, 'a.png')
    await writeImage(path, colours)
    vi.mocked(chmod).mockRejectedValueOnce(Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'chmod' }))
    await writeImage(path, colours)
    expect(await readdir(folder)).toEqual(['a.png'])
  })

  test.skipIf(isWindows)('a link that leads to nothing yet stays one', async () => {
    await mkdir(join(folder, 'place/deep'), { recursive: true })
    await symlink('place/deep', join(folder, 'short'))
    await symlink('../second.png', join(folder, 'place/deep/first.png'))
    await symlink('../third.png', join(folder, 'place/second.png'))
    await writeImage(join(folder, 'short/first.png'), colours)
    expect(await readImage(join(folder, 'third.png'))).toEqual(colours)
    for (const link of ['place/deep/first.png', 'place/second.png']) {
      expect((await lstat(join(folder, link))).isSymbolicLink()).toBe(true)
    }
    await symlink('loop.png', join(folder, 'loop.png'))
    await expect(writeImage(join(folder, 'loop.png'), colours)).rejects.toThrow(/a link leads back to itself/)
    expect((await readdir(folder)).sort()).toEqual(['loop.png', 'place', 'short', 'third.png'])
  })

  test.skipIf(process.platform !== 'linux')('a file system that takes no folders is a clear error', async () => {
    await expect(writeImage('/proc/new/a.png', colours)).rejects.toThrow(
      /^\/proc\/new\/a\.png: (the folder \/proc\/new cannot be made|may not be written)/,
    )
  })

  test.skipIf(isWindows)('a folder without permission is a clear error', async () => {
    await chmod(folder, 0o555)
    // Root may write everywhere.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      for (const path of [join(folder, 'a.png'), join(folder, 'new', 'a.png')]) {
        await expect(assertWritable(path, colours)).rejects.toThrow(`${path}: may not be written.`)
        await expect(writeImage(path, colours)).rejects.toThrow(`${path}: may not be written.`)
      }
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
    await chmod(folder, 0o700)
    expect(await readdir(folder)).toEqual([])
  })

  test('a folder that takes no files is found out before the work, whatever its permissions say', async () => {
    vi.mocked(open).mockRejectedValueOnce(Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'open' }))
    await expect(assertWritable(join(folder, 'a.png'), colours)).rejects.toThrow(/a\.png: may not be written/)
    await assertWritable(join(folder, 'a.png'), colours)
    expect(await readdir(folder)).toEqual([])
  })

  test.skipIf(isWindows)('a finished picture that is refused in its place is kept beside it', async () => {
    // A link into a folder that is missing.
    const path = join(folder, `${'ä'.repeat(120)}.webp`)
    await symlink('nowhere/a.webp', path)
    const error = await writeImage(path, colours).catch((error) => error)
    const name = (await readdir(folder)).find((name) => name !== basename(path))!
    expect(name).toMatch(/^ä{60}-[0-9a-f]{6}\.webp$/)
    expect(error).toMatchObject({
      code: 'picture',
      message: expect.stringContaining(`: the folder ${join(folder, 'nowhere')} cannot be made. The finished`),
      hint: `The finished picture is kept in ${join(folder, name)}. Move it where you want it.`,
    })
    expect(await readImage(join(folder, name))).toMatchObject({ width: 2, height: 3 })
  })

  test('a picture that another program has open is waited for on Windows, then the new one is kept beside it', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('win32')
    const path = join(folder, 'a.png')
    await writeFile(path, 'before')
    const refusal = Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'rename' })
    vi.mocked(rename).mockRejectedValueOnce(refusal)
    await writeImage(path, colours)
    expect(await readImage(path)).toEqual(colours)

    await writeFile(path, 'before')
    const real = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises')
    vi.mocked(rename).mockImplementation(async (from, to) => {
      if (to === path) throw refusal
      await real.rename(from, to)
    })
    const error = await writeImage(path, colours).catch((error) => error)
    const [beside, ...others] = (await readdir(folder)).filter((name) => name !== 'a.png')
    expect(others).toEqual([])
    expect(await readFile(path, 'utf8')).toBe('before')
    expect(await readImage(join(folder, beside!))).toEqual(colours)
    const hint = `The finished picture is kept in ${join(folder, beside!)}. Close the program that has ${path} open, then move it there.`
    expect(error).toMatchObject({ code: 'picture', hint, cause: refusal })
  })
})
