import type { RasterImage } from '@latentkit/core'
import { say, show } from './elements.ts'
import { type Picture, sizeToEnlarge } from './picture.ts'
import { reducedSize, sizeText } from './picture-size.ts'

/**
 * Says how large the result will be, and offers to reduce what would take very long.
 * @param ready False while the chosen model is not here. @param result What the picture became, where it was enlarged already.
 */
export function showPlan(picture: Picture, ready: boolean, result: RasterImage | undefined): void {
  const smaller = reducedSize(picture.image)
  show('reduce-row', smaller !== undefined)
  if (smaller) {
    say(
      'reduce-text',
      `Reduce it to ${sizeText(smaller)} first. Enlarging all ${sizeText(picture.image)} takes very long and much memory.`,
    )
  }
  const from = sizeToEnlarge(picture)
  const to = { width: 4 * from.width, height: 4 * from.height }
  say(
    'plan',
    ready ? `${sizeText(from)} pixels become ${sizeText(to)}.${picture.note}` : 'The chosen model is not here yet.',
  )
  say('caption', `${picture.name} · ${sizeText(result ?? picture.image)}`)
  show('caption', true)
}
