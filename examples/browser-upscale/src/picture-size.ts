import type { Size } from '@latentkit/core'

/** Pixels of a picture that a device enlarges within minutes; of larger ones a reduced copy is offered. */
const comfortable = 256 * 256

/** How many times as long as the picture's a result's sides must be to be called larger. */
const clearly = 1.25

/** A size of the same shape that is comfortable to enlarge; undefined if it already is. */
export function reducedSize({ width, height }: Size): Size | undefined {
  if (width * height <= comfortable) return undefined
  const factor = Math.sqrt(comfortable / (width * height))
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

export const enlargedSize = ({ width, height }: Size): Size => ({ width: 4 * width, height: 4 * height })

/** How a result compares with the picture in words, such as "smaller than"; empty where it is clearly larger. */
export function shortcoming(result: Size, picture: Size): '' | 'smaller than' | 'hardly larger than' {
  const longer = Math.sqrt((result.width * result.height) / (picture.width * picture.height))
  if (longer >= clearly) return ''
  return longer < 1 ? 'smaller than' : 'hardly larger than'
}

export const sizeText = ({ width, height }: Size): string => `${width}×${height}`
