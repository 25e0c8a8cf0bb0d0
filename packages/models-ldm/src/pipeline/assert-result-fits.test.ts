import { PictureError, type Size } from '@latentkit/core'
import { expect, test } from 'vitest'
import { assertResultFits, type KnownSize } from './assert-result-fits.ts'

const fits = (picture: KnownSize, size?: Size) =>
  assertResultFits(picture, { width: picture.width * 4, height: picture.height * 4 }, size)

test('a result may have as many samples as an array', () => {
  fits({ width: 10_000, height: 8947 })
  expect(() => fits({ width: 10_000, height: 8948 })).toThrow(PictureError)
  expect(() => fits({ width: 10_000, height: 8948 })).toThrow(
    'picture of 10000×8948 pixels: 40000×35792 pixels, which it is enlarged to, are more than an array can hold. Reduce it to 89.4 megapixels or less first.',
  )
})

test('with alpha it has one channel more', () => {
  fits({ width: 10_000, height: 6710, channels: 4 })
  for (const channels of [2, 4] as const)
    expect(() => fits({ width: 10_000, height: 6712, channels })).toThrow('Reduce it to 67.1 megapixels or less first.')
})

test('so may what it is resized to, also on the way', () => {
  const picture = { width: 1000, height: 1000 }
  fits(picture, { width: 100_000, height: 14_000 })
  expect(() => fits(picture, { width: 100_000, height: 15_000 })).toThrow(
    'to become 100000×15000 pixels it takes more than an array can hold. Ask for a size of 1431.6 megapixels or less.',
  )
  expect(() => fits(picture, { width: 400_000, height: 10 })).toThrow('to become 400000×10 pixels')
})
