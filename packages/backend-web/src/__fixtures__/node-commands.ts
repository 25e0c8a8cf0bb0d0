/** What tests in the browser ask of Node, to compare with it. Pictures and bytes travel as base64. */
import type { RasterImage } from '@latentkit/core'
import type { BrowserCommand } from 'vitest/node'

export interface SentImage {
  readonly width: number
  readonly height: number
  readonly channels: RasterImage['channels']
  readonly depth: 8 | 16
  readonly b64: string
  readonly metadata?: { readonly exif?: string; readonly xmp?: string; readonly density?: number } | undefined
}

const nodeBackend = () => import('@latentkit/backend-node')
const sent = ({ width, height, channels, data, metadata }: RasterImage): SentImage => ({
  metadata: sentMetadata(metadata),
  width,
  height,
  channels,
  depth: data.BYTES_PER_ELEMENT === 2 ? 16 : 8,
  b64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
})
/** Profiles stay behind: the browser reads none. */
const sentMetadata = ({ exif, icc: _, ...rest }: RasterImage['metadata'] = {}) => {
  const metadata = { ...rest, ...(exif && { exif: Buffer.from(exif).toString('base64') }) }
  return Object.keys(metadata).length > 0 ? metadata : undefined
}
const received = ({ b64, depth, metadata: _, ...size }: SentImage): RasterImage => {
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

/** What calls of this package say in Node: `fine`, or an error's code and message. */
const callInNode: BrowserCommand<[]> = async () => {
  const built = new URL('../../dist/index.js', import.meta.url).href
  const web: typeof import('@latentkit/backend-web') = await import(built)
  const backend = web.createWebBackend({ wasmFolder: '/files/' })
  const store = web.createBrowserStore()
  const grey = { width: 1, height: 1, channels: 1 as const, data: new Uint8Array(1) }
  const jpeg = await (await nodeBackend()).encodeImage(grey, '.jpg')
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    report: () => backend.report(),
    openModel: () => web.openModel('org/model'),
    'openModel by address': () => web.openModel({ 'model_index.json': '/model_index.json' }),
    'an address opened': async () =>
      (await web.openModel({ 'model_index.json': '/model_index.json' }, { name: 'a' })).open('model_index.json'),
    'openModel of a file': () => web.openModel({ 'model_index.json': new Blob(['{}']) }),
    store: () => store.repository('org/model').readRef('main'),
    readImage: () => web.readImage(jpeg),
    'encodeImage as JPEG': () => web.encodeImage(grey, { type: 'image/jpeg' }),
    writeImage: () => web.writeImage('a.png', grey),
    'encodeImage as PNG': () => web.encodeImage(grey),
  }
  const said = Object.entries(calls).map(async ([name, call]) => [
    name,
    await call().then(
      () => 'fine',
      ({ code, message }) => `${code}: ${message}`,
    ),
  ])
  return Object.fromEntries(await Promise.all(said))
}

/** A PNG whose samples nobody says are other than sRGB; sharp writes sRGB's profile beside an orientation. */
function withoutProfile(png: Buffer): Buffer {
  const at = png.indexOf('iCCP') - 4
  return Buffer.concat([png.subarray(0, at), png.subarray(at + 12 + png.readUInt32BE(at))])
}

/** Pictures of 24×16 pixels. */
export type PictureKind =
  | 'jpeg'
  | 'turned jpeg'
  | 'animated gif'
  | 'deep png'
  | 'deep grey png'
  | 'deep clear png'
  | 'deep interlaced png'
  | 'deep turned png'
  | 'deep png with a profile'
  | 'deep png that says sRGB'
  | 'noted png'
  | 'noted jpeg'
  | 'noted webp'
  | 'webp'
  | 'lossy webp'
  | 'extended webp'
  | 'avif'

/** Makes a picture file with sharp, such as a JPEG lying on its side. The orientation is that of the kinds with notes. */
const makePicture: BrowserCommand<[kind: PictureKind, orientation?: number]> = async (_, kind, orientation = 6) => {
  const { createRequire } = await import('node:module')
  const sharp = createRequire(new URL('../../../backend-node/package.json', import.meta.url))('sharp')
  const [width, height] = [24, 16]
  const ramp = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 5 + (i % 3) * 40) % 256)
  const raw = (data: Uint8Array | Uint16Array, size = { width, height, channels: 3 }) => sharp(data, { raw: size })
  const smooth = raw(Uint8Array.from(ramp, (_, i) => Math.floor(i / 3 / width) * 12 + ((i / 3) % width) * 3 + (i % 3) * 9))
  const deep = (channels: number) => {
    const samples = Uint16Array.from({ length: width * height * channels }, (_, i) => (i * 2741 + (i % 3) * 40) % 65536)
    return raw(samples, { width, height, channels }).toColourspace(channels < 3 ? 'grey16' : 'rgb16')
  }
  const xmp =
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:Make="Sü"/></rdf:RDF></x:xmpmeta>'
  /** Turned on its side, with EXIF, XMP and 300 pixels per inch. */
  const noted = (picture: typeof smooth) =>
    picture
      .withExif({ IFD0: { Make: 'Test' } })
      .withMetadata({ orientation, density: 300 })
      .withXmp(xmp)
  const files = {
    'deep grey png': () => deep(1).png(),
    'deep clear png': () => deep(4).png(),
    'deep interlaced png': () => deep(3).png({ progressive: true }),
    'deep turned png': () => noted(deep(3)).png(),
    'deep png with a profile': () => deep(3).withIccProfile('p3').png(),
    'deep png that says sRGB': () => deep(3).withIccProfile('srgb').png(),
    'noted png': () => noted(smooth).png(),
    'noted jpeg': () => noted(smooth).jpeg({ quality: 92 }),
    'noted webp': () => noted(smooth).webp({ lossless: true }),
    jpeg: () => smooth.jpeg({ quality: 92 }),
    'turned jpeg': () => smooth.jpeg({ quality: 92 }).withMetadata({ orientation: 6 }),
    'animated gif': () => raw(ramp, { width, height: height / 2, channels: 3, pageHeight: height / 4 } as never).gif(),
    'deep png': () => raw(Uint16Array.from(ramp, (v) => v * 257 + (v % 7)), undefined).toColourspace('rgb16').png(),
    webp: () => smooth.webp({ lossless: true }),
    'lossy webp': () => smooth.webp(),
    'extended webp': () => smooth.webp().withMetadata({ density: 72 }),
    avif: () => smooth.avif(),
  }
  const file: Buffer = await files[kind]().toBuffer()
  return (kind === 'deep turned png' ? withoutProfile(file) : file).toString('base64')
}

export const nodeCommands: {
  readonly readImageInNode: typeof readImageInNode
  readonly readReceiptInNode: typeof readReceiptInNode
  readonly upscaleInNode: typeof upscaleInNode
  readonly makePicture: typeof makePicture
  readonly callInNode: typeof callInNode
} = { readImageInNode, readReceiptInNode, upscaleInNode, makePicture, callInNode }

declare module 'vitest/browser' {
  interface BrowserCommands {
    readImageInNode(b64: string): Promise<SentImage>
    readReceiptInNode(b64: string): Promise<unknown>
    upscaleInNode(image: SentImage, options: object): Promise<SentImage>
    makePicture(kind: PictureKind, orientation?: number): Promise<string>
    callInNode(): Promise<Readonly<Record<string, string>>>
  }
}
