/** What tests in the browser ask of Node, to compare with it. Pictures and bytes travel as base64. */
import type { RasterImage } from '@latentkit/core'
import type { BrowserCommand } from 'vitest/node'

export interface SentImage {
  readonly width: number
  readonly height: number
  readonly channels: RasterImage['channels']
  readonly depth: 8 | 16
  readonly b64: string
}

const nodeBackend = () => import('@latentkit/backend-node')
const sent = ({ width, height, channels, data }: RasterImage): SentImage => ({
  width,
  height,
  channels,
  depth: data.BYTES_PER_ELEMENT === 2 ? 16 : 8,
  b64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
})
const received = ({ b64, depth, ...size }: SentImage): RasterImage => {
  const bytes = new Uint8Array(Buffer.from(b64, 'base64'))
  return { ...size, data: depth === 16 ? new Uint16Array(bytes.buffer) : bytes }
}

/** Reads a picture file's bytes as backend-node does. */
const readImageInNode: BrowserCommand<[b64: string]> = async (_, b64) =>
  sent(await (await nodeBackend()).readImage(new Uint8Array(Buffer.from(b64, 'base64'))))

/** Reads the receipt in a picture file's bytes as backend-node does. */
const readReceiptInNode: BrowserCommand<[b64: string]> = async (_, b64) =>
  (await nodeBackend()).readReceipt(new Uint8Array(Buffer.from(b64, 'base64')))

/** Upscales with the small model on backend-node's CPU. */
const upscaleInNode: BrowserCommand<[image: SentImage, options: object]> = async (_, image, options) => {
  const { createNodeBackend, openModel } = await nodeBackend()
  const { LDMSuperResolutionPipeline } = await import('@latentkit/models-ldm')
  const { modelFiles } = await import('@latentkit/ldm-sr-tiny')
  const backend = createNodeBackend()
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
  const { images } = await pipeline.upscale(received(image), options)
  await backend.dispose()
  return sent(images[0]!)
}

/** Pictures of 24×16 pixels. */
export type PictureKind =
  | 'jpeg'
  | 'turned jpeg'
  | 'animated gif'
  | 'deep png'
  | 'webp'
  | 'lossy webp'
  | 'extended webp'
  | 'avif'

/** Makes a picture file with sharp, such as a JPEG lying on its side. */
const makePicture: BrowserCommand<[kind: PictureKind]> = async (
  _,
  kind,
) => {
  const { createRequire } = await import('node:module')
  const sharp = createRequire(new URL('../../../backend-node/package.json', import.meta.url))('sharp')
  const [width, height] = [24, 16]
  const ramp = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 5 + (i % 3) * 40) % 256)
  const raw = (data: Uint8Array | Uint16Array, size = { width, height, channels: 3 }) => sharp(data, { raw: size })
  const smooth = raw(Uint8Array.from(ramp, (_, i) => Math.floor(i / 3 / width) * 12 + ((i / 3) % width) * 3 + (i % 3) * 9))
  const files = {
    jpeg: () => smooth.jpeg({ quality: 92 }),
    'turned jpeg': () => smooth.jpeg({ quality: 92 }).withMetadata({ orientation: 6 }),
    'animated gif': () => raw(ramp, { width, height: height / 2, channels: 3, pageHeight: height / 4 } as never).gif(),
    'deep png': () => raw(Uint16Array.from(ramp, (v) => v * 257 + (v % 7)), undefined).toColourspace('rgb16').png(),
    webp: () => smooth.webp({ lossless: true }),
    'lossy webp': () => smooth.webp(),
    'extended webp': () => smooth.webp().withMetadata({ density: 72 }),
    avif: () => smooth.avif(),
  }
  return (await files[kind]().toBuffer()).toString('base64')
}

export const nodeCommands: {
  readonly readImageInNode: typeof readImageInNode
  readonly readReceiptInNode: typeof readReceiptInNode
  readonly upscaleInNode: typeof upscaleInNode
  readonly makePicture: typeof makePicture
} = { readImageInNode, readReceiptInNode, upscaleInNode, makePicture }

declare module 'vitest/browser' {
  interface BrowserCommands {
    readImageInNode(b64: string): Promise<SentImage>
    readReceiptInNode(b64: string): Promise<unknown>
    upscaleInNode(image: SentImage, options: object): Promise<SentImage>
    makePicture(kind: PictureKind): Promise<string>
  }
}
