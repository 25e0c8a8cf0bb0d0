import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import type { NodeDevice } from '@latentkit/backend-node'
import { InvalidArgumentError } from '@latentkit/core'
import { createReceipt, type Receipt, type ReceiptParts } from '@latentkit/models-ldm'

/** The receipt of a picture that this program made. */
export function describeMade(
  parts: Pick<ReceiptParts, 'runtime' | 'model' | 'picture' | 'settings' | 'size'> & {
    readonly device: NodeDevice
    readonly profile: 'srgb' | 'original' | undefined
    readonly quality: number | undefined
  },
): Receipt {
  const { profile, quality, ...rest } = parts
  return createReceipt({
    software: `latentkit ${latentkitVersion()}`,
    ...rest,
    ...(profile === 'original' && { profile }),
    ...(quality !== undefined && { quality }),
  })
}

/** @throws InvalidArgumentError if what was read out of a picture is no receipt of ours. */
export function parseReceipt(value: unknown, picture: string): Receipt {
  const { software, runtime, device, model, picture: source, settings, profile, quality } = objectOf(value as Receipt)
  const { name, variant, revision, weights } = objectOf(model)
  const { name: file, sha256 } = objectOf(source)
  const { steps, seed } = objectOf(settings)
  const texts = [software, runtime, device, name, sha256, seed, ...Object.values(objectOf(weights))]
  const ifGiven = [file, variant, revision]
  const whole =
    weights instanceof Object &&
    texts.every((text) => typeof text === 'string') &&
    ifGiven.every((text) => text === undefined || typeof text === 'string') &&
    // It becomes a part of files' names.
    /^[\w.-]+$/.test(variant ?? 'none') &&
    typeof steps === 'number' &&
    // Numbers of millions of digits take seconds to read.
    /^-?\d{1,1000}$/.test(seed!) &&
    [undefined, 'srgb', 'original'].includes(profile) &&
    (quality === undefined || (Number.isInteger(quality) && quality >= 1 && quality <= 100))
  if (whole) return value as Receipt
  const expected = 'a picture that latentkit made, with its receipt'
  throw new InvalidArgumentError({ argument: 'picture', value: picture, expected })
}

/** The fields of what may be no object. */
function objectOf<Kind extends object>(value: Kind | undefined): Partial<Kind> {
  return typeof value === 'object' && value !== null ? value : {}
}

export function latentkitVersion(): string {
  return (createRequire(import.meta.url)('@latentkit/cli/package.json') as { version: string }).version
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
