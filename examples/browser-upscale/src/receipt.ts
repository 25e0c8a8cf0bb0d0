import type { BlobFile, DeviceReport } from '@latentkit/backend-web'
import type { RandomAccessFile } from '@latentkit/core'
import { createReceipt, type ModelIdentity, type Receipt, type UpscaleSettings } from '@latentkit/models-ldm'

/** What a picture of this page was made from and with. */
export interface Made {
  readonly report: DeviceReport
  readonly model: Promise<ModelIdentity>
  readonly file: File
  /** Size that the picture was reduced to first. */
  readonly reducedTo: string | undefined
  readonly settings: UpscaleSettings
  readonly seconds: number
}

/** The receipt of a picture, which `latentkit replay` reads, too. */
export async function describeMade({ report, model, file, reducedTo, settings, seconds }: Made): Promise<Receipt> {
  return createReceipt({
    software: 'latentkit in the browser',
    runtime: 'onnxruntime-web',
    device: report.device,
    model: await model,
    picture: { name: file.name, sha256: await sha256(file), ...(reducedTo && { reducedTo }) },
    settings,
    seconds,
  })
}

/** The hash of a weight file, which is in memory as a whole for a moment. */
export function hashWeights(file: RandomAccessFile): Promise<string> {
  return sha256((file as BlobFile).blob)
}

/** In hexadecimal digits; empty on a page that is not served securely, which may not hash. */
async function sha256(blob: Blob): Promise<string> {
  const { subtle } = crypto as Partial<Crypto>
  const digest = await subtle?.digest('SHA-256', await blob.arrayBuffer())
  return digest ? [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('') : ''
}
