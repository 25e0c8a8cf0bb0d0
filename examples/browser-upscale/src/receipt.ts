import type { BlobFile, DeviceReport } from '@latentkit/backend-web'
import type { ModelFiles, RandomAccessFile } from '@latentkit/core'
import type { UpscaleSettings } from '@latentkit/models-ldm'

/** What a picture was made from and with, in the form that `latentkit replay` of `@latentkit/cli` reads. */
export interface Receipt {
  readonly software: string
  readonly runtime: string
  readonly device: string
  readonly model: ModelIdentity
  readonly picture: { readonly name: string; readonly sha256: string; readonly reducedTo?: string }
  readonly settings: Omit<UpscaleSettings, 'seed'> & { readonly seed: string }
  readonly seconds: number
}

/** Which weights, whatever they are called. */
export interface ModelIdentity {
  readonly name: string
  readonly variant?: string
  readonly revision?: string
  /** SHA-256 of each weight file. */
  readonly weights: Readonly<Record<string, string>>
}

/** What a receipt is made of. */
export interface ReceiptParts {
  readonly report: DeviceReport
  readonly model: Promise<ModelIdentity>
  readonly file: File
  /** Size that the picture was reduced to first. */
  readonly reducedTo: string | undefined
  readonly settings: UpscaleSettings
  readonly seconds: number
}

export async function createReceipt(parts: ReceiptParts): Promise<Receipt> {
  const { report, file, reducedTo, settings, seconds } = parts
  return {
    software: 'latentkit in the browser',
    runtime: 'onnxruntime-web',
    device: report.device,
    model: await parts.model,
    picture: { name: file.name, sha256: await sha256(file), ...(reducedTo && { reducedTo }) },
    settings: { ...settings, seed: String(settings.seed) },
    seconds,
  }
}

/** Remembers which files of a model are opened, so that its weights can be told by their hashes. */
export function watchWeights(files: ModelFiles): {
  readonly files: ModelFiles
  hashes(): Promise<Readonly<Record<string, string>>>
} {
  const opened = new Map<string, RandomAccessFile>()
  let hashed: Promise<Readonly<Record<string, string>>> | undefined
  async function hash(): Promise<Readonly<Record<string, string>>> {
    const hashes: Record<string, string> = {}
    // One after the other: each is in memory as a whole for a moment.
    for (const [path, file] of opened) if (!path.endsWith('.json')) hashes[path] = await sha256((file as BlobFile).blob)
    return hashes
  }
  return {
    files: {
      ...files,
      async open(path) {
        const file = await files.open(path)
        opened.set(path, file)
        return file
      },
    },
    hashes() {
      hashed ??= hash()
      return hashed
    },
  }
}

/** In hexadecimal digits; empty on a page that is not served securely, which may not hash. */
async function sha256(blob: Blob): Promise<string> {
  const { subtle } = crypto as Partial<Crypto>
  const digest = await subtle?.digest('SHA-256', await blob.arrayBuffer())
  return digest ? [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('') : ''
}
