import type { UpscaleOptions } from '@latentkit/models-ldm'
import { sizeText } from './picture-size.ts'
import type { Work } from './time-estimate.ts'

/** Everything that makes a picture what it becomes. */
export type Request = Work & Pick<UpscaleOptions, 'eta' | 'seed' | 'scheduler'>

const settings = ['model', 'device', 'steps', 'precision', 'eta', 'seed', 'scheduler'] as const

/** True if both would make the same of a picture. */
export function sameRequest(a: Request | undefined, b: Request | undefined): boolean {
  if (!a || !b) return false
  return settings.every((name) => a[name] === b[name]) && sizeText(a.size) === sizeText(b.size)
}
