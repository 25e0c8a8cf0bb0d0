import type { Size } from '@latentkit/core'

/** Pixels of a picture that a device enlarges within minutes; larger ones are offered to be reduced first. */
const comfortable = 256 * 256

/** A size of the same shape that is comfortable to enlarge; undefined if it already is. */
export function reducedSize({ width, height }: Size): Size | undefined {
  if (width * height <= comfortable) return undefined
  const factor = Math.sqrt(comfortable / (width * height))
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

export const sizeText = ({ width, height }: Size): string => `${width}×${height}`
