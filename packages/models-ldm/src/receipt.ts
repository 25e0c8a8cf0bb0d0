import type { ModelFiles, RandomAccessFile, Size } from '@latentkit/core'
import type { UpscaleSettings } from './pipeline/upscale-settings.ts'

/**
 * What a picture was made from and with: enough to make it again. Plain data, to be written into the picture's file
 * (`writeImage` and `encodeImage` of the backends); `latentkit replay` of `@latentkit/cli` reads it.
 */
export interface Receipt {
  /** Name and version of the program. */
  readonly software: string
  /** Name and version of what computed. */
  readonly runtime: string
  readonly device: string
  readonly model: ModelIdentity
  readonly picture: {
    /** Name of the small picture's file. */
    readonly name?: string
    /** SHA-256 of its bytes, in hexadecimal digits. */
    readonly sha256: string
    /** Size that it was reduced to first. */
    readonly reducedTo?: string
  }
  /** The seed as text, since it may be larger than JSON's numbers. */
  readonly settings: Omit<UpscaleSettings, 'seed'> & { readonly seed: string; readonly size?: Size }
  /** Colour profile of the file, where it is not sRGB. */
  readonly profile?: 'original'
  /** Quality of a lossy format that was asked for, 1 to 100. */
  readonly quality?: number
  /** How long it took. */
  readonly seconds?: number
}

/** Which weights, whatever they are called. */
export interface ModelIdentity {
  readonly name: string
  readonly variant?: string
  /** The commit it was fetched from. */
  readonly revision?: string
  /** SHA-256 of each weight file, in hexadecimal digits. */
  readonly weights: Readonly<Record<string, string>>
}

/** What a receipt is made of. */
export interface ReceiptParts extends Omit<Receipt, 'settings'> {
  readonly settings: UpscaleSettings
  /** Size of the result, if one was asked for. */
  readonly size?: Size | undefined
}

/** A receipt, as plain JSON values. */
export function createReceipt({ settings, size, ...parts }: ReceiptParts): Receipt {
  return { ...parts, settings: { ...settings, seed: String(settings.seed), ...(size && { size: { ...size } }) } }
}

/**
 * Remembers which files of a model are opened, so that its weights can be told by their hashes.
 * @param hash SHA-256 of a file in hexadecimal digits. Each file is hashed once, one after the other.
 */
export function watchWeights<Files extends ModelFiles>(
  files: Files,
  hash: (file: RandomAccessFile) => Promise<string>,
): { readonly files: Files; hashes(): Promise<Readonly<Record<string, string>>> } {
  const opened = new Map<string, RandomAccessFile>()
  let hashed: Promise<Readonly<Record<string, string>>> | undefined
  async function hashAll(): Promise<Readonly<Record<string, string>>> {
    const weights = [...opened].filter(([path]) => !path.endsWith('.json')).sort(([a], [b]) => (a < b ? -1 : 1))
    const hashes: Record<string, string> = {}
    for (const [path, file] of weights) hashes[path] = await hash(file)
    return hashes
  }
  async function open(path: string): Promise<RandomAccessFile> {
    const file = await files.open(path)
    opened.set(path, file)
    return file
  }
  // Whatever else the files are, also an object of a class, whose methods a copy would not have.
  const get = (target: Files, key: string | symbol) => {
    const value = Reflect.get(target, key)
    return key === 'open' ? open : typeof value === 'function' ? value.bind(target) : value
  }
  return {
    files: new Proxy(files, { get }),
    hashes() {
      hashed ??= hashAll()
      return hashed
    },
  }
}
