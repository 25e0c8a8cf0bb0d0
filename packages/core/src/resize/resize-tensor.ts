import { InvalidArgumentError } from '../errors/index.ts'
import { float32, type Tensor } from '../tensor.ts'
import { filterTaps, type ResizeFilter } from './filters.ts'
import { resampleFloats } from './resample-axis.ts'
import { assertSize, type Size } from './size.ts'

/**
 * Resizes every plane of a `[batch, channels, height, width]` tensor as Pillow resizes a float picture (mode F).
 * @throws InvalidArgumentError if the tensor has not four axes or the size is not whole and positive.
 */
export function resizeTensor(source: Tensor<'float32'>, size: Size, filter: ResizeFilter): Tensor<'float32'> {
  assertSize(size)
  if (source.shape.length !== 4) {
    throw new InvalidArgumentError({
      argument: 'tensor',
      value: source.shape,
      expected: 'a shape [batch, channels, height, width]',
    })
  }
  const [batch, channels, height, width] = source.shape as [number, number, number, number]
  const planes = batch * channels
  const wide = resampleFloats(
    source.data,
    { outer: planes * height, length: width, inner: 1 },
    filterTaps(filter, width, size.width),
  )
  const view = { outer: planes, length: height, inner: size.width }
  return float32(
    [batch, channels, size.height, size.width],
    resampleFloats(wide, view, filterTaps(filter, height, size.height)),
  )
}
