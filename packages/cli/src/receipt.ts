import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { type NodeDevice, runtimeVersion } from '@latentkit/backend-node'
import { InvalidArgumentError, type ModelFiles, type RandomAccessFile, type Size } from '@latentkit/core'
import type { UpscaleSettings } from '@latentkit/models-ldm'

/** What a picture was made from and with: enough to make it again. It is written into the picture. */
export interface Receipt {
  readonly software: string
  readonly runtime: string
  readonly device: string
  readonly model: ModelIdentity
  readonly picture: { readonly name?: string; readonly sha256: string }
  readonly settings: Omit<UpscaleSettings, 'seed'> & { readonly seed: string; readonly size?: Size }
  /** Colour profile of the file, where it is not sRGB. */
  readonly profile?: 'original'
}

/** Which weights, whatever they are called. */
export interface ModelIdentity {
  readonly name: string
  readonly variant?: string
  /** The commit it was fetched from. */
  readonly revision?: string
  /** SHA-256 of each weight file. */
  readonly weights: Readonly<Record<string, string>>
}

export function createReceipt(
  parts: Pick<Receipt, 'model' | 'picture'> & {
    readonly device: NodeDevice
    readonly settings: UpscaleSettings
    readonly size: Size | undefined
    readonly profile: 'srgb' | 'original' | undefined
  },
): Receipt {
  const { device, model, picture, settings, size, profile } = parts
  return {
    software: `latentkit ${latentkitVersion()}`,
    runtime: `onnxruntime-node ${runtimeVersion()}`,
    device,
    model,
    picture,
    settings: { ...settings, seed: String(settings.seed), ...(size && { size: { ...size } }) },
    ...(profile === 'original' && { profile }),
  }
}

/** @throws InvalidArgumentError if what was read out of a picture is no receipt of ours. */
export function parseReceipt(value: unknown, picture: string): Receipt {
  const { model, picture: source, settings } = (value ?? {}) as Partial<Receipt>
  const whole =
    typeof model?.name === 'string' &&
    typeof source?.sha256 === 'string' &&
    typeof settings?.steps === 'number' &&
    /^-?\d+$/.test(settings.seed ?? '')
  if (whole) return value as Receipt
  const expected = 'a picture that latentkit made, with its receipt'
  throw new InvalidArgumentError({ argument: 'picture', value: picture, expected })
}

export function latentkitVersion(): string {
  return (createRequire(import.meta.url)('@latentkit/cli/package.json') as { version: string }).version
}

/** Remembers which files of a model are opened, so that its weights can be told by their hashes. */
export function watchModel(files: ModelFiles): {
  readonly files: ModelFiles
  identity(): Promise<Omit<ModelIdentity, 'name'>>
} {
  const opened = new Map<string, RandomAccessFile>()
  let hashed: Promise<Record<string, string>> | undefined
  async function hashWeights(): Promise<Record<string, string>> {
    const weights = [...opened].filter(([path]) => !path.endsWith('.json')).sort(([a], [b]) => (a < b ? -1 : 1))
    const hashes: Record<string, string> = {}
    for (const [path, file] of weights) hashes[path] = await hashFile(file)
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
    async identity() {
      hashed ??= hashWeights()
      const { commit } = files as { commit?: string }
      return { ...(commit && { revision: commit }), weights: await hashed }
    },
  }
}

async function hashFile(file: RandomAccessFile): Promise<string> {
  const hash = createHash('sha256')
  const chunk = 2 ** 22
  for (let offset = 0; offset < file.size; offset += chunk) {
    hash.update(await file.read(offset, Math.min(chunk, file.size - offset)))
  }
  return hash.digest('hex')
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
