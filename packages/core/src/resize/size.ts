import { InvalidArgumentError } from '../errors/index.ts'

/** Width and height in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** @throws InvalidArgumentError unless both are whole and positive. */
export function assertSize(size: Size): void {
  for (const argument of ['width', 'height'] as const) {
    if (!Number.isInteger(size[argument]) || size[argument] < 1) {
      throw new InvalidArgumentError({ argument, value: size[argument], expected: 'a whole number of pixels above 0' })
    }
  }
}
