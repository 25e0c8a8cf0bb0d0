import { InvalidArgumentError } from '../errors/index.ts'

/** Width and height in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * Checks a size that somebody gives: both sides in pixels, whole, from 1.
 * @throws InvalidArgumentError naming the side that is not, or if it is no object of sides.
 */
export function assertSize(size: Size): void {
  if (typeof size !== 'object' || size === null)
    throw new InvalidArgumentError({ argument: 'size', value: size, expected: 'an object of width and height' })
  for (const argument of ['width', 'height'] as const) {
    if (!Number.isInteger(size[argument]) || size[argument] < 1) {
      throw new InvalidArgumentError({ argument, value: size[argument], expected: 'a whole number of pixels above 0' })
    }
  }
}
