import type { Size } from '@latentkit/core'
import { say, show } from './elements.ts'
import type { Picture } from './picture.ts'
import { enlargedSize, shortcoming, sizeText } from './picture-size.ts'
import type { Result } from './result-files.ts'
import { type Times, takes } from './times.ts'

/** What would be done if the visitor started now. */
export interface Plan {
  readonly picture: Picture
  /** The size that is enlarged; undefined while the visitor has to choose. */
  readonly size: Size | undefined
  /** False while the chosen model is not here. */
  readonly ready: boolean
  /** What the picture became, where it was enlarged already. */
  readonly result: Result | undefined
  /** True if the result was made with the very settings that are chosen. */
  readonly again: boolean
  readonly times: Times
}

/** Says how large the result will be, and when it will be there. */
export function showPlan({ picture, size, ready, result, again, times }: Plan): void {
  say('plan', ready ? words(picture, size, again) + picture.note : 'The chosen model is not available yet.')
  const time = size && ready && !again ? takes(times.get(sizeText(size)), ' on this device') : ''
  say('estimate', time)
  show('estimate', time !== '')
  say('caption', `${picture.name} · ${sizeText(result?.image ?? picture.image)}`)
}

function words({ image }: Picture, size: Size | undefined, again: boolean): string {
  if (!size) return `Your picture is large already (${sizeText(image)}): choose what to enlarge.`
  if (again) return 'These settings give the same picture again. For another one, change the seed, method or model.'
  const result = enlargedSize(size)
  const but = shortcoming(result, image)
  const told = but && ` The result will be ${but} your picture, ${sizeText(image)}.`
  return `${sizeText(size)} pixels become ${sizeText(result)}.${told}`
}
