import { expect, test } from 'vitest'
import { targetSize } from './target-size.ts'

const picture = { width: 300, height: 200 }

test.each([
  [{ scale: 2 }, 600, 400],
  [{ scale: 1.013 }, 304, 203],
  [{ width: 1000 }, 1000, 667],
  [{ height: 1000 }, 1500, 1000],
  [{ width: 1000, height: 500 }, 750, 500],
  [{ megapixels: 0.24 }, 600, 400],
  [{ width: 1 }, 1, 1],
])('%j of 300×200 is %i×%i', (target, width, height) => {
  expect(targetSize(picture, target)).toEqual({ width, height })
})

test('nothing asked for is nothing said', () => {
  expect(targetSize(picture, {})).toBeUndefined()
  expect(targetSize(picture, { scale: undefined, width: undefined })).toBeUndefined()
})

test('sizes that make no sense are refused by name', () => {
  expect(() => targetSize(picture, { widht: 2 } as never)).toThrow(
    'option is "widht"; expected one of scale, width, height, megapixels.',
  )
  expect(() => targetSize(picture, { scale: 0 })).toThrow('scale is 0; expected a number above 0.')
  expect(() => targetSize(picture, { megapixels: Number.NaN })).toThrow('megapixels is NaN')
  expect(() => targetSize(picture, { width: 10.5 })).toThrow(
    'width is 10.5; expected a whole number of pixels above 0.',
  )
  expect(() => targetSize(picture, { scale: 2, width: 100 })).toThrow(
    'size is {"scale":2,"width":100}; expected only one of scale, width or height.',
  )
})
