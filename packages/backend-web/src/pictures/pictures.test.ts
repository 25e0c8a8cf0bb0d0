import { type RasterImage, rasterImage, sampleDepth, withDepth } from '@latentkit/core'
import { decodeRecordedTensor, largestDifference, type RecordedTensor } from '@latentkit/core/testing'
import { describe, expect, test } from 'vitest'
import { commands } from 'vitest/browser'
import { fromBase64, receiveImage, toBase64 } from '../__fixtures__/base64.ts'
import { concat, latin, numbers } from '../__fixtures__/make-png.ts'
import recorded from '../__fixtures__/png/png.json'
import { inspectPicture } from './inspect-picture.ts'
import { readImage } from './read-image.ts'
import { encodeImage, imageData, writeImage } from './write-image.ts'

interface RecordedPicture {
  readonly file: string
  readonly native?: RecordedTensor
  readonly rgba?: RecordedTensor
  readonly rgb: RecordedTensor
}
const pictures = recorded.files as unknown as readonly RecordedPicture[]
const urls = import.meta.glob<string>('../__fixtures__/png/*.png', { query: '?url', import: 'default', eager: true })
const bytesOf = async (file: string) =>
  new Uint8Array(await (await fetch(urls[`../__fixtures__/png/${file}`]!)).arrayBuffer())

const colours = rasterImage(
  5,
  3,
  3,
  Uint8Array.from({ length: 45 }, (_, i) => (i * 53) % 256),
)
const clear = rasterImage(
  4,
  5,
  4,
  Uint8Array.from({ length: 80 }, (_, i) => (i * 77) % 256),
)

/** libvips says 72 pixels per inch of files that say nothing. */
const withoutMetadata = ({ metadata: _, ...image }: RasterImage): RasterImage => image

describe('reading', () => {
  test.each(pictures.map(({ file }) => file))('%s gives the pixels that Node gives', async (file) => {
    const bytes = await bytesOf(file)
    const inNode = receiveImage(await commands.readImageInNode(toBase64(bytes)))
    expect(await readImage(bytes)).toEqual(withoutMetadata(inNode))
  })

  test.each(['deep png', 'deep grey png', 'deep clear png', 'deep interlaced png', 'deep png that says sRGB'] as const)(
    '%s gives the 16-bit samples that Node gives',
    async (kind) => {
      const file = await commands.makePicture(kind)
      const here = await readImage(fromBase64(file))
      expect(sampleDepth(here)).toBe(16)
      expect(here).toEqual(withoutMetadata(receiveImage(await commands.readImageInNode(file))))
    },
  )

  test.each(['deep turned png', 'noted png', 'noted webp'] as const)(
    '%s gives samples and notes that Node gives',
    async (kind) => {
      const file = await commands.makePicture(kind)
      const here = await readImage(fromBase64(file))
      expect(here).toEqual(receiveImage(await commands.readImageInNode(file)))
      expect(here.metadata?.xmp).toContain('tiff:Orientation="1" tiff:Make="Sü"')
      expect(here.metadata?.exif?.length).toBeGreaterThan(100)
    },
  )

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('pictures of orientation %i are turned as in Node', async (orientation) => {
    for (const kind of ['deep turned png', 'noted png', 'noted webp'] as const) {
      const file = await commands.makePicture(kind, orientation)
      const inNode = receiveImage(await commands.readImageInNode(file))
      expect([inNode.width, inNode.height]).toEqual(orientation > 4 ? [16, 24] : [24, 16])
      expect(await readImage(fromBase64(file))).toEqual(inNode)
    }
  })

  test('notes that are damaged are left out', async () => {
    const png = fromBase64(await commands.makePicture('noted png'))
    const at = indexOf(png, 'zTXtXML:com.adobe.xmp')
    png.fill(0xee, at + 24, at + 40)
    const { metadata } = await readImage(png)
    expect(Object.keys(metadata!)).toEqual(['exif', 'density'])
  })

  test.each(pictures.filter(({ file }) => file !== 'gray16.png'))(
    '$file gives the colours that Pillow reads',
    async (picture) => {
      const image = await readImage(await bytesOf(picture.file))
      const rgb = withDepth(image, 8).data.filter((_, i) => image.channels === 3 || i % 4 !== 3)
      expect([...rgb]).toEqual([...decodeRecordedTensor(picture.rgb).data])
    },
  )

  test.each(['jpeg', 'turned jpeg', 'noted jpeg', 'webp'] as const)('%s is within one level of Node', async (kind) => {
    const file = await commands.makePicture(kind)
    const inNode = receiveImage(await commands.readImageInNode(file))
    const here = await readImage(fromBase64(file))
    const compression = kind === 'webp' ? undefined : 'jpeg'
    expect([here.metadata?.compression, inNode.metadata?.compression]).toEqual([compression, compression])
    const expected =
      kind === 'jpeg' || kind === 'webp'
        ? { ...withoutMetadata(inNode), ...(compression && { metadata: { compression } }) }
        : inNode
    expect({ ...here, data: 0 }).toEqual({ ...expected, data: 0 })
    expect(largestDifference(here.data, inNode.data)).toBeLessThanOrEqual(1)
  })

  // Each says which way the picture lies; a marker may have any number of 0xff before it.
  test.each([
    ['the first of two EXIF segments', [exifSegment(6), exifSegment(3)]],
    ['the first of two, also if upright,', [exifSegment(1), exifSegment(6)]],
    ['EXIF behind fill bytes', [Uint8Array.of(0xff, 0xff), exifSegment(6)]],
  ])('%s counts, as for Node', async (_, segments) => {
    const jpeg = fromBase64(await commands.makePicture('jpeg'))
    const file = concat(jpeg.subarray(0, 2), ...segments, jpeg.subarray(2))
    const inNode = receiveImage(await commands.readImageInNode(toBase64(file)))
    const here = await readImage(file)
    expect([here.width, here.height]).toEqual([inNode.width, inNode.height])
    expect(here.metadata?.exif).toEqual(inNode.metadata?.exif)
    expect(largestDifference(here.data, inNode.data)).toBeLessThanOrEqual(1)
    await expect(readImage(file, { maxPixels: 300 })).rejects.toThrow(`has ${inspectPicture(file)!.size!.width}×`)
  })

  test('16 bits with another colour profile come as 8 bits, converted', async () => {
    const file = await commands.makePicture('deep png with a profile')
    const inNode = withDepth(receiveImage(await commands.readImageInNode(file)), 8)
    // Node's conversion of 16 bits is off by up to 5 levels itself, see the tests of backend-node.
    expect(largestDifference((await readImage(fromBase64(file))).data, inNode.data)).toBeLessThanOrEqual(5)
  })

  test('of an animation the first frame is read', async () => {
    const file = await commands.makePicture('animated gif')
    // sharp gives every GIF an alpha channel.
    const inNode = receiveImage(await commands.readImageInNode(file))
    const here = await readImage(fromBase64(file))
    expect([here.width, here.height]).toEqual([inNode.width, inNode.height])
    expect(here.data).toEqual(inNode.data.filter((_, i) => i % 4 !== 3))
  })
})

describe('what is no picture is an error in words', () => {
  const text = (content: string, name: string) => new File([content], name, { type: 'image/png' })
  test.each([
    ['an empty file', text('', 'empty.png'), 'empty.png: is empty. Give a PNG'],
    ['a PDF renamed', text('%PDF-1.7 …', 'a.png'), 'a.png: is a PDF document, not a picture. Give a PNG'],
    [
      'an SVG',
      text('<svg xmlns="http://www.w3.org/2000/svg"/>', 'a.svg'),
      'a.svg: is an SVG drawing, not a picture made of pixels. Convert it to JPEG or PNG first.',
    ],
    [
      'a HEIC',
      text('\0\0\0\x18ftypheic', 'IMG_1.HEIC'),
      'IMG_1.HEIC: is a HEIC picture, which cannot be read. Convert it',
    ],
    ['a text', text('no picture', 'a.txt'), 'a.txt: is not a picture that can be read. Give a PNG'],
  ])('%s', async (_, file, message) => {
    await expect(readImage(file)).rejects.toThrow(message)
  })

  test.each(['palette_256.png', 'gray16.png'])('a cut file, %s', async (name) => {
    const bytes = await bytesOf(name)
    for (const length of [60, bytes.length - 30]) {
      await expect(readImage(bytes.subarray(0, length))).rejects.toThrow('picture: is damaged or cut off.')
    }
  })

  test('20,000×20,000 pixels are refused before they are decoded', async () => {
    const bytes = (await bytesOf('rgb8.png')).slice()
    new DataView(bytes.buffer).setUint32(16, 20_000)
    new DataView(bytes.buffer).setUint32(20, 20_000)
    await expect(readImage(bytes)).rejects.toThrow(
      'picture: has 20000×20000 pixels, more than the 100 million that are read. Reduce it first.',
    )
    await expect(readImage(await bytesOf('rgb8.png'), { maxPixels: 100 })).rejects.toThrow('has 17×11 pixels')
  })

  test('so is a JPEG whose size stands behind much metadata', async () => {
    const jpeg = fromBase64(await commands.makePicture('jpeg'))
    const note = new Uint8Array(65_537)
    note.set([0xff, 0xef, 0xff, 0xff])
    const file = new Blob([jpeg.subarray(0, 2), ...Array(5).fill(note), jpeg.subarray(2)])
    expect(await readImage(file)).toMatchObject({ width: 24, height: 16 })
    await expect(readImage(file, { maxPixels: 300 })).rejects.toThrow('has 24×16 pixels')
  })
})

describe('how many pixels are read', () => {
  test.each([Number.NaN, '5', 0, -1, null])('%o is no limit', async (maxPixels) => {
    const shown = typeof maxPixels === 'string' ? `"${maxPixels}"` : maxPixels
    await expect(readImage(await bytesOf('rgb8.png'), { maxPixels: maxPixels as number })).rejects.toThrow(
      `maxPixels is ${shown}; expected a number above 0.`,
    )
  })

  test('may be without a limit', async () => {
    const bytes = await bytesOf('rgb8.png')
    expect(await readImage(bytes, { maxPixels: Infinity })).toEqual(await readImage(bytes, { maxPixels: undefined }))
  })
})

test('misspelt options are told', async () => {
  const folder = await navigator.storage.getDirectory()
  const handle = await folder.getFileHandle('misspelt.png', { create: true })
  await expect(readImage(await bytesOf('rgb8.png'), { maxPixel: 5 } as object)).rejects.toThrow(
    'option is "maxPixel"; expected one of maxPixels.',
  )
  for (const write of [encodeImage, writeImage.bind(undefined, handle)])
    await expect(write(colours, { qualty: 80 } as object)).rejects.toThrow(/^option is "qualty"; expected .*quality/)
})

describe('writing', () => {
  test.each([
    ['fractions', { ...colours, data: new Float32Array(45) }, /^data is "?.*Float32Array.*; expected a Uint8Array/],
    ['samples beyond the last', { ...colours, data: new Uint8Array(46) }, /^data\.length is 46; expected 45 \(5×3×3\)/],
    ['too few samples', { ...colours, data: new Uint16Array(44) }, /^data\.length is 44; expected 45/],
    ['nothing', undefined, /^image is undefined; expected a picture/],
  ])('%s: what is no picture is refused', async (_, image, message) => {
    for (const type of ['image/png', 'image/jpeg'] as const)
      await expect(encodeImage(image as RasterImage, { type })).rejects.toThrow(message)
    expect(() => imageData(image as RasterImage)).toThrow(message)
  })

  test('samples of a canvas are a picture', async () => {
    const { data, ...size } = clear
    const canvas = { ...size, data: new Uint8ClampedArray(data) as never }
    expect(await readImage(await encodeImage(canvas))).toEqual(clear)
  })

  test.each([
    ['colours', colours],
    ['transparency', clear],
    ['grey', rasterImage(2, 2, 1, Uint8Array.of(0, 9, 200, 255))],
    ['a large picture', noise(300, 200)],
  ])('%s come back from a PNG to the sample, here and in Node', async (_, image) => {
    const blob = await encodeImage(image, { text: { Software: 'Latentkit', Comment: 'für später' } })
    const bytes = new Uint8Array(await blob.arrayBuffer())
    const expected = image.channels === 1 ? [...image.data].flatMap((v) => [v, v, v]) : [...image.data]
    expect([...(await readImage(blob)).data]).toEqual(expected)
    expect([...receiveImage(await commands.readImageInNode(toBase64(bytes))).data]).toEqual(expected)
    expect(new TextDecoder().decode(bytes)).toContain('für später')
  })

  test('EXIF, XMP, density and 16 bits of a PNG are those of the picture that was read', async () => {
    const small = await readImage(fromBase64(await commands.makePicture('deep turned png')))
    const bytes = new Uint8Array(await (await encodeImage(small)).arrayBuffer())
    expect(small.metadata).toMatchObject({ density: 300, xmp: expect.stringContaining('Sü') })
    expect(await readImage(bytes)).toEqual(small)
    expect(receiveImage(await commands.readImageInNode(toBase64(bytes)))).toEqual(small)
  })

  test('a receipt in a PNG is found in Node; other files are refused one', async () => {
    const receipt = { seed: 7, picture: '<für & später>.png' }
    const blob = await encodeImage(colours, { receipt, type: undefined, quality: undefined, text: undefined })
    const bytes = new Uint8Array(await blob.arrayBuffer())
    expect(await commands.readReceiptInNode(toBase64(bytes))).toEqual(receipt)
    expect((await readImage(blob)).data).toEqual(colours.data)
    await expect(encodeImage(colours, { receipt, type: 'image/webp' })).rejects.toThrow(/into PNG files only. Use PNG/)
  })

  test('JPEG and WebP are of their kind and size', async () => {
    for (const type of ['image/jpeg', 'image/webp'] as const) {
      const blob = await encodeImage(colours, { type })
      expect(blob.type).toBe(type)
      expect(await readImage(blob)).toMatchObject({ width: 5, height: 3, channels: 3 })
    }
    await expect(encodeImage(clear, { type: 'image/jpeg' })).rejects.toThrow(/cannot hold the transparency.*Use PNG/)
    const opaque = rasterImage(1, 1, 4, Uint8Array.of(9, 9, 9, 255))
    expect(await readImage(await encodeImage(opaque, { type: 'image/jpeg' }))).toMatchObject({ channels: 3 })
  })

  test('an ending names the format as Node’s does', async () => {
    expect((await encodeImage(colours, '.JPG')).type).toBe('image/jpeg')
    expect((await encodeImage(colours, 'a/b.webp')).type).toBe('image/webp')
    expect((await encodeImage(colours, 'JPG')).type).toBe('image/jpeg')
    await expect(encodeImage(colours, 'bmp')).rejects.toThrow('".bmp" is no picture format')
    await expect(writeImage('jpg', colours)).rejects.toThrow('jpg: "" is no picture format')
    const receipt = { seed: 7 }
    const png = await encodeImage(colours, '.png', { receipt })
    expect(await png.text()).toBe(await (await encodeImage(colours, { receipt })).text())
    expect((await encodeImage(colours, '.jpg', { quality: 5 })).size).toBeLessThan(
      (await encodeImage(colours, '.jpg')).size,
    )
    for (const ending of ['.avif', 'avif', '', '.constructor', 'constructor', 'a/jpg'])
      await expect(encodeImage(colours, ending)).rejects.toMatchObject({
        code: 'picture',
        hint: expect.stringContaining('.png, '),
      })
    await expect(encodeImage(colours, '.jpg', { type: 'image/png' } as object)).rejects.toThrow('option is "type"')
    await expect(encodeImage(colours, 7 as never)).rejects.toThrow('options is 7; expected an object of type')
  })

  test('quality is Node’s: 1 to 100 for JPEG and WebP, 95 by itself', async () => {
    const image = noise(40, 30)
    for (const type of ['image/jpeg', 'image/webp'] as const) {
      const size = async (quality?: number) => (await encodeImage(image, { type, quality })).size
      expect(await size(95)).toBe(await size())
      expect(await size(20)).toBeLessThan(0.7 * (await size()))
      for (const quality of [0, 0.95, 101])
        await expect(size(quality)).rejects.toThrow(`quality is ${quality}; expected a whole number from 1 to 100.`)
    }
    expect((await encodeImage(image, { quality: 20 })).size).toBe((await encodeImage(image)).size)
  })

  test('into a file by its name’s ending', async () => {
    const folder = await navigator.storage.getDirectory()
    const handle = await folder.getFileHandle('picture.png', { create: true })
    await writeImage(handle, clear)
    expect(await readImage(await handle.getFile())).toEqual(clear)
    const receipt = { seed: '7' }
    await writeImage(handle, clear, { receipt })
    const written = new Uint8Array(await (await handle.getFile()).arrayBuffer())
    expect(await commands.readReceiptInNode(toBase64(written))).toEqual(receipt)
    await expect(writeImage('picture.bmp', colours)).rejects.toThrow('picture.bmp: ".bmp" is no picture format')
  })
})

/** EXIF with an orientation and nothing else (EXIF 2.32, 4.5.2). */
function exifSegment(orientation: number): Uint8Array {
  const exif = concat(latin('Exif\0\0MM\0*'), numbers(4, 8), numbers(2, 1, 0x112, 3, 0, 1, orientation, 0, 0, 0))
  return concat(numbers(2, 0xffe1, exif.length + 2), exif)
}

function indexOf(bytes: Uint8Array, text: string): number {
  return String.fromCharCode(...bytes).indexOf(text)
}

function noise(width: number, height: number): RasterImage {
  let state = 1
  const next = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    return state >> 16
  }
  return rasterImage(width, height, 3, Uint8Array.from({ length: width * height * 3 }, next))
}
