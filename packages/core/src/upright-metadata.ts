import type { PictureMetadata } from './picture-metadata.ts'

/** Larger EXIF does not fit a JPEG. */
const largestExif = 65_000

/** Tags of EXIF's first directory (EXIF 2.32, 4.6.4), and of the one that it points to. */
const tags = {
  orientation: 0x0112,
  horizontalResolution: 0x011a,
  resolutionUnit: 0x0128,
  exifDirectory: 0x8769,
  colourSpace: 0xa001,
} as const

/**
 * A file's metadata for its pixels once they are upright and sRGB: EXIF and XMP say so. EXIF that is too large or damaged is left out.
 * Undefined if nothing is left.
 * @param read as it stands in the file; EXIF with or without `Exif\0\0` in front
 */
export function uprightMetadata({ exif, xmp, ...rest }: PictureMetadata): PictureMetadata | undefined {
  const upright = exif && exif.length <= largestExif ? uprightExif(exif) : undefined
  const metadata: PictureMetadata = {
    ...(upright && { exif: upright }),
    ...(xmp && { xmp: xmp.replace(/(tiff:Orientation(?:=["']|>))[2-8]/, '$11') }),
    ...rest,
  }
  return Object.keys(metadata).length > 0 ? metadata : undefined
}

/**
 * Writes into EXIF, in place, that the picture is upright.
 * @returns How it lay before, 1 (upright) to 8; 1 where it says nothing.
 */
export function takeOrientation(exif: Uint8Array): number {
  const directory = firstDirectory(withoutPrefix(exif))
  const at = directory?.entryAt(tags.orientation)
  if (!directory || at === undefined) return 1
  const value = directory.view.getUint16(at + 8, directory.little)
  directory.view.setUint16(at + 8, 1, directory.little)
  return value >= 1 && value <= 8 ? value : 1
}

/** Pixels per inch as EXIF says it; undefined where it says nothing. */
export function exifDensity(exif: Uint8Array): number | undefined {
  const directory = firstDirectory(withoutPrefix(exif))
  const at = directory?.entryAt(tags.horizontalResolution)
  if (!directory || at === undefined) return undefined
  const { view, little, entryAt } = directory
  const ratioAt = view.getUint32(at + 8, little)
  if (ratioAt + 8 > view.byteLength) return undefined
  const perUnit = view.getUint32(ratioAt, little) / view.getUint32(ratioAt + 4, little)
  const unitAt = entryAt(tags.resolutionUnit)
  const centimetres = unitAt !== undefined && view.getUint16(unitAt + 8, little) === 3
  return Number.isFinite(perUnit) ? perUnit * (centimetres ? 2.54 : 1) : undefined
}

/** Orientation 1, colour space sRGB, and no thumbnail, which still lies as before. Everything else keeps its place. Undefined if it is no EXIF. */
function uprightExif(exif: Uint8Array): Uint8Array | undefined {
  // A copy: `slice` of Node's buffers would be none.
  const upright = new Uint8Array(withoutPrefix(exif))
  const directory = firstDirectory(upright)
  if (!directory) return undefined
  takeOrientation(upright)
  saySRGB(directory)
  // Where the next directory, the thumbnail's, would be.
  directory.view.setUint32(directory.end, 0, directory.little)
  return upright
}

function withoutPrefix(exif: Uint8Array): Uint8Array {
  return String.fromCharCode(...exif.subarray(0, 4)) === 'Exif' ? exif.subarray(6) : exif
}

/** Another colour space (EXIF 2.32, 4.6.5) would be that of the samples before they were converted. */
function saySRGB({ view, little, entryAt }: Directory): void {
  const pointerAt = entryAt(tags.exifDirectory)
  const directory =
    pointerAt === undefined ? undefined : directoryAt(view, view.getUint32(pointerAt + 8, little), little)
  const at = directory?.entryAt(tags.colourSpace)
  if (at !== undefined) view.setUint16(at + 8, 1, little)
}

/** Entries of 12 bytes, and where they end. */
interface Directory {
  readonly view: DataView
  readonly little: boolean
  readonly end: number
  entryAt(tag: number): number | undefined
}

/** The directory of the picture itself. */
function firstDirectory(exif: Uint8Array): Directory | undefined {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.length)
  if (exif.length < 8) return undefined
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return undefined
  const little = order === 0x4949
  return directoryAt(view, view.getUint32(4, little), little)
}

function directoryAt(view: DataView, start: number, little: boolean): Directory | undefined {
  if (start + 2 > view.byteLength) return undefined
  const end = start + 2 + view.getUint16(start, little) * 12
  if (end + 4 > view.byteLength) return undefined
  const entryAt = (tag: number): number | undefined => {
    for (let at = start + 2; at < end; at += 12) if (view.getUint16(at, little) === tag) return at
    return undefined
  }
  return { view, little, end, entryAt }
}
