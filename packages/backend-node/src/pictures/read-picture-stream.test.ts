import { Readable } from 'node:stream'
import { rasterImage } from '@latentkit/core'
import { expect, test } from 'vitest'
import { encodeImage } from './encode-image.ts'
import { readImage } from './read-image.ts'
import { readPictureSize } from './read-picture-size.ts'
import { readPictureStream } from './read-picture-stream.ts'

const image = rasterImage(
  40,
  30,
  3,
  Uint8Array.from({ length: 3600 }, (_, i) => (i * i * 31) % 251),
)

/** Gives the chunks, and counts how many were taken. */
function counted(chunks: Iterable<Uint8Array>) {
  const taken = { count: 0, closed: false }
  async function* give() {
    try {
      for (const chunk of chunks) {
        taken.count++
        yield chunk
      }
    } finally {
      taken.closed = true
    }
  }
  return { taken, stream: give() }
}

test('a picture comes in whatever pieces', async () => {
  const bytes = await encodeImage(image, '.png')
  for (const size of [1, 700, 1024, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    const file = await readPictureStream(Readable.from(pieces), 'pipe')
    expect([file.picture, file.format, Buffer.compare(file.bytes, bytes)]).toEqual(['pipe', 'PNG', 0])
    expect(await readImage(file)).toEqual(image)
  }
})

test('what is no picture is not read to its end', async () => {
  const endless = (function* () {
    for (;;) yield new Uint8Array(600).fill(32)
  })()
  const { taken, stream } = counted(endless)
  await expect(readPictureStream(stream)).rejects.toThrow('picture: is not a picture that can be read.')
  expect(taken).toEqual({ count: 2, closed: true })
  await expect(readPictureStream(Readable.from([]), 'pipe')).rejects.toThrow('pipe: is empty.')
  await expect(readPictureStream(Readable.from([Buffer.from('short')]))).rejects.toThrow('is not a picture')
})

test('what is larger than 2 GB is given up', async () => {
  const head = await encodeImage(image, '.png')
  const piece = new Uint8Array(2 ** 28)
  const { taken, stream } = counted([head, ...Array<Uint8Array>(20).fill(piece)])
  await expect(readPictureStream(stream)).rejects.toMatchObject({ message: 'picture: is larger than 2 GB.' })
  expect(taken).toEqual({ count: 9, closed: true })
})

test('what is no stream of bytes is told', async () => {
  for (const other of [undefined, 'photo.png', new Uint8Array(5)])
    await expect(readPictureStream(other as never)).rejects.toThrow(/^stream is .*; expected an AsyncIterable of bytes/)
  await expect(readPictureStream(Readable.from(['text']))).rejects.toThrow('stream is "text"; expected bytes')
  await expect(readPictureStream(Readable.from([]), 5 as never)).rejects.toThrow('picture is 5; expected')
})

test('the size of a picture is that of what is read, upright', async () => {
  const bytes = Buffer.from(await encodeImage(image, '.jpg'))
  expect(await readPictureSize(bytes)).toEqual({ width: 40, height: 30 })
  // EXIF of one entry: orientation 6, a quarter turn.
  const exif = Buffer.from('4578696600004d4d002a00000008000101120003000000010006000000000000', 'hex')
  const segment = Buffer.concat([Buffer.of(0xff, 0xe1, 0, exif.length + 2), exif])
  const turned = Buffer.concat([bytes.subarray(0, 2), segment, bytes.subarray(2)])
  const { width, height } = await readImage(turned)
  expect([await readPictureSize(turned), width]).toEqual([{ width, height }, 30])
})
