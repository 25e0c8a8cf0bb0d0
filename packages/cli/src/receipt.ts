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

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
