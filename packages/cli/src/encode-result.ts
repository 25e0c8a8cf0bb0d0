import { type EncodeImageOptions, encodeImage } from '@latentkit/backend-node'
import { type OnProgress, PictureError, type RasterImage, rasterImage } from '@latentkit/core'
import type { Receipt } from '@latentkit/models-ldm'

/** How a result is encoded, with its receipt. */
export interface ResultEncoding extends EncodeImageOptions {
  readonly receipt?: Receipt | undefined
}

/**
 * Makes sure that a result can be encoded with what goes along from its original, by encoding one pixel: a colour profile
 * that is damaged shows itself only then.
 * @param picture the original's path, for errors @param name of a file of the format, or its ending
 * @throws PictureError if it cannot.
 */
export async function assertEncodes(
  picture: string,
  name: string,
  { channels, data, metadata }: RasterImage,
  { profile, quality }: EncodeImageOptions,
): Promise<void> {
  const pixel = rasterImage(1, 1, channels, opaque(data.slice(0, channels)), metadata)
  await encodeImage(pixel, name, { profile, quality }).catch((cause) => {
    if (profile !== 'original' || !PictureError.isInstance(cause) || isOfDisk(cause.cause)) throw cause
    const hint = 'Without --profile original the result becomes sRGB.'
    throw new PictureError({ picture, problem: `its colour profile cannot be used (${cause.message})`, hint, cause })
  })
}

/** A profile is used by way of a temporary file, which may not be to be had. */
function isOfDisk(cause: unknown): boolean {
  return (cause as Partial<NodeJS.ErrnoException> | undefined)?.syscall !== undefined
}

/** A format without alpha takes it; whether it takes the whole picture is asked elsewhere. */
function opaque(pixel: RasterImage['data']): RasterImage['data'] {
  return pixel.length % 2 === 0 ? pixel.fill(pixel instanceof Uint16Array ? 65535 : 255, -1) : pixel
}

/**
 * Encodes a result. Where that fails with the original's colour profile, it becomes sRGB, which is told: it may have taken
 * hours to make.
 * @param name of the file, or the ending of its format
 * @throws PictureError if it cannot be encoded as sRGB either.
 */
export async function encodeResult(
  result: RasterImage,
  name: string,
  { profile, ...encoding }: ResultEncoding,
  onProgress: OnProgress,
): Promise<Uint8Array> {
  if (profile !== 'original') return encodeImage(result, name, { profile, ...encoding })
  return encodeImage(result, name, { profile, ...encoding }).catch(async (error) => {
    if (!PictureError.isInstance(error)) throw error
    const { profile: _, ...receipt } = encoding.receipt ?? {}
    const bytes = await encodeImage(result, name, { ...encoding, ...(encoding.receipt && { receipt }) })
    const message = `${name} becomes sRGB, since it cannot be encoded in the original colour profile (${error.message})`
    onProgress({ type: 'warning', code: 'profile_left_out', message })
    return bytes
  })
}
