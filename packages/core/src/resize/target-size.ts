import { assertOptions } from '../assert-options.ts'
import { InvalidArgumentError } from '../errors/index.ts'
import { assertSize, type Size } from './size.ts'

/** How large a picture shall become, in one of the ways people say it. Its proportions stay. */
export interface TargetSize {
  /** Factor for both sides. */
  readonly scale?: number | undefined
  /** Pixels; with `height`, the largest size that fits both. */
  readonly width?: number | undefined
  readonly height?: number | undefined
  /** Millions of pixels in all. */
  readonly megapixels?: number | undefined
}

const names: Record<keyof TargetSize, true> = { scale: true, width: true, height: true, megapixels: true }

/**
 * The size that is asked for, in whole pixels; undefined if none is.
 * @param picture its size, which is whole and positive
 * @throws InvalidArgumentError if sizes are no numbers above 0, pixels not whole, or two ways contradict each other.
 */
export function targetSize(picture: Size, target: TargetSize = {}): Size | undefined {
  assertSize(picture)
  assertOptions(target, names)
  const { scale, width, height, megapixels } = target
  for (const [argument, value] of Object.entries({ scale, width, height, megapixels })) {
    if (value === undefined) continue
    const whole = argument === 'width' || argument === 'height'
    if (
      !(typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY) ||
      (whole && !Number.isInteger(value))
    ) {
      const expected = whole ? 'a whole number of pixels above 0' : 'a number above 0'
      throw new InvalidArgumentError({ argument, value, expected })
    }
  }
  const ways = Object.entries({ scale, megapixels, 'width or height': width ?? height }).filter(([, value]) => value)
  if (ways.length > 1) {
    const expected = `only one of ${ways.map(([way]) => way).join(', ')}`
    throw new InvalidArgumentError({ argument: 'size', value: { scale, width, height, megapixels }, expected })
  }
  const factor =
    scale ??
    (megapixels !== undefined
      ? Math.sqrt((megapixels * 1e6) / (picture.width * picture.height))
      : Math.min(
          (width ?? Number.POSITIVE_INFINITY) / picture.width,
          (height ?? Number.POSITIVE_INFINITY) / picture.height,
        ))
  if (factor === Number.POSITIVE_INFINITY) return undefined
  return {
    width: Math.max(1, Math.round(picture.width * factor)),
    height: Math.max(1, Math.round(picture.height * factor)),
  }
}
