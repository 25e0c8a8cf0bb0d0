import { say, show } from './elements.ts'
import { type Picture, sizeToEnlarge } from './picture.ts'
import { reducedSize, sizeText } from './picture-size.ts'
import type { Result } from './result-files.ts'

/**
 * Says how large the result will be, and offers to reduce what would take very long.
 * @param ready False while the chosen model is not here. @param result What the picture became, where it was enlarged already.
 * @param again True if the result was made with the very settings that are chosen.
 */
export function showPlan(picture: Picture, ready: boolean, result: Result | undefined, again: boolean): void {
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
  const plan = again
    ? 'The same settings make the same picture: choose another seed, method or model for another one.'
    : `${sizeText(from)} pixels become ${sizeText(to)}.`
  say('plan', ready ? plan + picture.note : 'The chosen model is not here yet.')
  say('caption', `${picture.name} · ${sizeText(result?.image ?? picture.image)}`)
}
