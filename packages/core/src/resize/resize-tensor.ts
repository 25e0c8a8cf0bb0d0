import { assertPlanes } from '../assert-planes.ts'
import { float32, type Tensor } from '../tensor.ts'
import { assertFilter, filterTaps, type ResizeFilter } from './filters.ts'
import { resampleFloats } from './resample-axis.ts'
import { assertSize, type Size } from './size.ts'

/**
 * Resizes every plane of a `[batch, channels, height, width]` tensor as Pillow resizes a float picture (mode F).
 * @throws InvalidArgumentError if it is no float32 tensor of four axes, none of size 0, the size is not whole and positive, or
 *   there is no such filter.
 */
export function resizeTensor(source: Tensor<'float32'>, size: Size, filter: ResizeFilter): Tensor<'float32'> {
  assertSize(size)
  assertFilter(filter)
  const [batch, channels, height, width] = assertPlanes(source)
  const planes = batch * channels
  // Parity: an axis that keeps its size is left alone, not sampled at its own places.
  const wide =
    width === size.width
      ? source.data.slice()
      : resampleFloats(
          source.data,
          { outer: planes * height, length: width, inner: 1 },
          filterTaps(filter, width, size.width),
        )
  const view = { outer: planes, length: height, inner: size.width }
  const high = height === size.height ? wide : resampleFloats(wide, view, filterTaps(filter, height, size.height))
  return float32([batch, channels, size.height, size.width], high)
}
