import { rasterImage, sampleDepth } from '@latentkit/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { commands } from 'vitest/browser'
import { receiveImage, toBase64 } from '../__fixtures__/base64.ts'
import {
  chunk,
  concat,
  damagedChunk,
  deflate,
  header,
  latin,
  numbers,
  png,
  ramp,
  zerosDeflated,
} from '../__fixtures__/make-png.ts'
import { encodePng } from './encode-png.ts'
import { readImage } from './read-image.ts'

const pixels = chunk('IDAT', await deflate(ramp(4, 3, 3)))
const picture = (...before: Uint8Array[]) => png(header(4, 3), ...before, pixels)
const xmpKeyword = latin('XML:com.adobe.xmp\0')

async function readInNode(file: Uint8Array) {
  const { metadata: _, ...image } = receiveImage(await commands.readImageInNode(toBase64(file)))
  return image
}

describe('samples are those that Node gives', () => {
  const zlib = deflate(ramp(4, 3, 3))
  test.each([
    ['the checksum of a note is wrong', () => picture(damagedChunk('tEXt', latin('Software\0x')))],
    ['the checksum of the EXIF is wrong', () => picture(damagedChunk('eXIf', latin('MM\0*\0\0\0\x08\0\0\0\0\0\0')))],
    ['a note has no keyword', () => picture(chunk('tEXt', latin('\0x')))],
    ['a note has no end', () => picture(chunk('iTXt', latin('hello')))],
    ['the density is cut', () => picture(chunk('pHYs', new Uint8Array(8)))],
    ['the transparent colour is cut', () => picture(chunk('tRNS', numbers(2, 0)))],
    ['a colour is transparent', () => picture(chunk('tRNS', numbers(2, 0, 1000, 2000)))],
    ['there are no pixels of the transparent colour', () => picture(chunk('tRNS', numbers(2, 0, 1000, 2001)))],
    ['there is a palette', () => picture(chunk('PLTE', new Uint8Array(6)))],
    ['the end is missing', () => picture().subarray(0, -12)],
    ['bytes follow the pixels', async () => png(header(4, 3), chunk('IDAT', concat(await zlib, latin('more'))))],
    [
      'bytes follow much that was made small',
      async () =>
        png(header(400, 300), chunk('IDAT', concat(await deflate(new Uint8Array(2401 * 300)), latin('more')))),
    ],
    ['more pixels follow', async () => png(header(4, 3), chunk('IDAT', await deflate(ramp(4, 9, 3))))],
    [
      'the pixels are in pieces',
      async () => png(header(4, 3), ...Array.from(await zlib, (byte) => chunk('IDAT', Uint8Array.of(byte)))),
    ],
    ['it is grey with alpha', async () => png(header(5, 3, 4), chunk('IDAT', await deflate(ramp(5, 3, 2))))],
    [
      'it has alpha and a transparent colour',
      async () => png(header(5, 3, 6), chunk('tRNS', new Uint8Array(6)), chunk('IDAT', await deflate(ramp(5, 3, 4)))),
    ],
    [
      'a grey is transparent',
      async () => png(header(5, 3, 0), chunk('tRNS', numbers(2, 77)), chunk('IDAT', await deflate(ramp(5, 3, 1)))),
    ],
  ])('where %s', async (_, make) => {
    const file = await make()
    const here = await readImage(file)
    expect(sampleDepth(here)).toBe(16)
    expect({ ...here, metadata: undefined }).toEqual(await readInNode(file))
  })
})

test.each([
  ['two headers', () => png(header(4, 3), header(8, 8), pixels), /damaged/],
  ['a header with a wrong checksum', () => png(damagedChunk('IHDR', header(4, 3).subarray(8, 21)), pixels), /damaged/],
  ['pixels with a wrong checksum', () => png(header(4, 3), damagedChunk('IDAT', pixels.subarray(8, -4))), /damaged/],
  ['too few pixels', () => png(header(4, 4), pixels), /damaged/],
  ['no pixels', () => png(header(4, 3)), /damaged/],
])('%s: refused, as by Node', async (_, make, message) => {
  await expect(readImage(make())).rejects.toThrow(message)
  await expect(commands.readImageInNode(toBase64(make()))).rejects.toThrow()
})

describe('what is inflated has a limit', () => {
  afterEach(() => vi.unstubAllGlobals())
  const bomb = zerosDeflated(60)
  const prefix = latin('x\0\0')
  test.each([
    ['pixels', 1, async () => png(header(1, 1), chunk('IDAT', await bomb))],
    ['a colour profile', 4.2, async () => picture(chunk('iCCP', concat(prefix, await bomb)))],
    ['zTXt', 17, async () => picture(chunk('zTXt', concat(xmpKeyword, latin('\0'), await bomb)))],
    ['iTXt', 17, async () => picture(chunk('iTXt', concat(xmpKeyword, latin('\x01\0\0\0'), await bomb)))],
    [
      'several zTXt together',
      17,
      async () => picture(...Array(5).fill(chunk('zTXt', concat(xmpKeyword, latin('\0'), await zerosDeflated(15))))),
    ],
  ])('of %s', async (_, millions, make) => {
    const file = await make()
    const inflated = countInflated()
    expect((await readImage(file)).metadata?.xmp).toBeUndefined()
    expect(inflated()).toBeGreaterThan(0)
    // Some pieces are asked for ahead.
    expect(inflated()).toBeLessThan((millions + 2) * 1e6)
  })
})

describe('16 bits are kept', () => {
  test.each([
    ['says nothing', []],
    ['says sRGB', [chunk('sRGB', Uint8Array.of(0)), chunk('gAMA', numbers(4, 100_000))]],
    ['has the gamma and primaries of sRGB', [chunk('gAMA', numbers(4, 45455)), chunk('cHRM', primaries(0))]],
    ['says sRGB by code points', [chunk('cICP', Uint8Array.of(1, 13, 0, 1)), chunk('gAMA', numbers(4, 100_000))]],
  ])('where a file %s', async (_, before) => {
    expect((await readImage(picture(...before))).data.slice(0, 4)).toEqual(Uint16Array.of(0, 1000, 2000, 3000))
  })

  test.each([
    ['linear light', [chunk('gAMA', numbers(4, 100_000)), chunk('cHRM', primaries(0))]],
    ['other primaries', [chunk('gAMA', numbers(4, 45455)), chunk('cHRM', primaries(3000))]],
    ['Display P3 by code points', [chunk('cICP', Uint8Array.of(12, 13, 0, 1)), chunk('sRGB', Uint8Array.of(0))]],
    ['a profile that cannot be read', [chunk('iCCP', concat(latin('x\0\0'), new Uint8Array(50).fill(0xee)))]],
  ])('but not of %s, which the browser converts', async (_, before) => {
    const file = picture(...before)
    const { width, height, data } = await readImage(file)
    expect(data).toBeInstanceOf(Uint8Array)
    const context = new OffscreenCanvas(width, height).getContext('2d')!
    context.drawImage(await createImageBitmap(new Blob([file as Uint8Array<ArrayBuffer>])), 0, 0)
    const shown = context.getImageData(0, 0, width, height).data.filter((_, i) => i % 4 !== 3)
    expect([...data]).toEqual([...shown])
  })

  test('and a profile with bytes behind its end counts', async () => {
    const file = await commands.makePicture('deep png with a profile')
    const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0))
    const at = String.fromCharCode(...bytes).indexOf('iCCP') - 4
    const end = at + 12 + new DataView(bytes.buffer).getUint32(at)
    const longer = chunk('iCCP', concat(bytes.subarray(at + 8, end - 4), latin('\0')))
    const changed = concat(bytes.subarray(0, at), longer, bytes.subarray(end))
    expect(await readImage(changed)).toEqual(await readImage(bytes))
  })
})

test('a damaged transparent colour is none', async () => {
  expect(await readImage(picture(damagedChunk('tRNS', numbers(2, 0, 1000, 2000))))).toMatchObject({ channels: 3 })
})

test.each([
  ['has no end of its keywords', latin('\0\0abc')],
  ['is no UTF-8', concat(latin('\0\0\0\0'), Uint8Array.of(0xff, 0xfe))],
  ['has zeros', latin('\0\0\0\0<x\0')],
])('XMP that %s is left out', async (_, text) => {
  expect((await readImage(picture(chunk('iTXt', concat(xmpKeyword, text))))).metadata).toBeUndefined()
  expect((await readImage(picture(chunk('iTXt', concat(xmpKeyword, latin('\0\0\0\0<x/>')))))).metadata).toEqual({
    xmp: '<x/>',
  })
})

test('of several XMP packets the last counts, as in Node, and other texts do not', async () => {
  const packet = (text: string) => chunk('iTXt', concat(xmpKeyword, latin(`\0\0\0\0${text}`)))
  const file = picture(packet('<a/>'), packet('<b/>'), chunk('iTXt', latin('Title\0\0\0\0\0<c/>')))
  expect((await readImage(file)).metadata?.xmp).toBe('<b/>')
  expect(receiveImage(await commands.readImageInNode(toBase64(file))).metadata?.xmp).toBe('<b/>')
})

test('the page stays alive while a large picture is decoded', async () => {
  const samples = Uint16Array.from({ length: 1500 * 1000 * 3 }, (_, i) => (i * 40503) % 65536)
  const file = await encodePng(rasterImage(1500, 1000, 3, samples))
  const bytes = new Uint8Array(await file.arrayBuffer())
  let [turns, decoding] = [0, true]
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    turns += 1
    if (decoding) port2.postMessage(undefined)
  }
  port2.postMessage(undefined)
  const { decodeDeepPng } = await import('./decode-deep-png.ts')
  const before = turns
  const image = await decodeDeepPng(bytes)
  decoding = false
  expect(turns - before).toBeGreaterThan(2)
  expect(image.data.every((sample, i) => sample === samples[i])).toBe(true)
})

function primaries(shift: number): Uint8Array {
  return numbers(4, 31270, 32900, 64000 + shift, 33000, 30000, 60000, 15000, 6000)
}

/** Counts the bytes that leave every `DecompressionStream` made from now on. */
function countInflated(): () => number {
  let count = 0
  const Original = DecompressionStream
  class Counting {
    readonly readable: ReadableStream<Uint8Array>
    readonly writable: WritableStream<BufferSource>
    constructor(format: CompressionFormat) {
      const { readable, writable } = new Original(format)
      const counter = new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          count += bytes.length
          controller.enqueue(bytes)
        },
      })
      this.readable = readable.pipeThrough(counter)
      this.writable = writable
    }
  }
  vi.stubGlobal('DecompressionStream', Counting)
  return () => count
}
