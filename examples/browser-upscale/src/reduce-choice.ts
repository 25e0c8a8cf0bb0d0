import type { Size } from '@latentkit/core'
import { say, show } from './elements.ts'
import { enlargedSize, reducedSize, shortcoming, sizeText } from './picture-size.ts'
import { type Times, takes } from './times.ts'

/** What of a picture is enlarged: a small one as it is; of a larger one all, or a reduced copy, as the visitor says. */
export interface ReduceChoice {
  /**
   * Begins anew for a picture. The reduced copy is chosen where what becomes of it is clearly larger than the picture;
   * a picture that is large already is nothing to decide for others.
   */
  begin(picture: Size): void
  /** Sizes to choose from, that of the picture last. */
  sizes(picture: Size): readonly Size[]
  /** The size that is enlarged; undefined while the visitor has to choose. */
  read(picture: Size): Size | undefined
  /** Says what becomes of each, and in what time as far as that is known. */
  show(picture: Size, times: Times): void
}

/** @param onChange called when something else is chosen. */
export function createReduceChoice(onChange: () => void): ReduceChoice {
  const radios = [...document.querySelectorAll<HTMLInputElement>('input[name="reduce"]')]
  for (const radio of radios) radio.addEventListener('change', onChange)

  function becomes(size: Size, picture: Size, times: Times, unknown: string): string {
    const result = enlargedSize(size)
    const but = shortcoming(result, picture)
    const time = takes(times.get(sizeText(size)), '') || unknown
    return `Becomes ${sizeText(result)}${but && `, ${but} your picture`}.${time && ` ${time}`}`
  }

  return {
    begin(picture) {
      const smaller = reducedSize(picture)
      const worth = smaller && shortcoming(enlargedSize(smaller), picture) === ''
      for (const radio of radios) radio.checked = worth === true && radio.value === 'copy'
    },
    sizes(picture) {
      const smaller = reducedSize(picture)
      return smaller ? [smaller, picture] : [picture]
    },
    read(picture) {
      const smaller = reducedSize(picture)
      if (!smaller) return picture
      const chosen = radios.find(({ checked }) => checked)?.value
      if (chosen === undefined) return undefined
      return chosen === 'copy' ? smaller : picture
    },
    show(picture, times) {
      const smaller = reducedSize(picture)
      show('reduce', smaller !== undefined)
      if (!smaller) return
      say('reduce-copy', `A copy reduced to ${sizeText(smaller)}`)
      say('reduce-copy-becomes', becomes(smaller, picture, times, ''))
      say('reduce-all', `The whole picture, ${sizeText(picture)}`)
      say('reduce-all-becomes', becomes(picture, picture, times, 'Takes longer and needs more memory.'))
    },
  }
}
