import { float32 } from '@latentkit/core'
import { expect, test } from 'vitest'
import { isGrey, toGrey } from './grey.ts'

test('one sample of another colour makes a picture no grey one', () => {
  const grey = float32([1, 3, 1, 2], Float32Array.of(0.1, -0.5, 0.1, -0.5, 0.1, -0.5))
  expect(isGrey(grey)).toBe(true)
  for (let i = 0; i < 6; i++) expect(isGrey({ ...grey, data: grey.data.with(i, 0.2) })).toBe(false)
})

test('the grey of a pixel is the mean of its colours', () => {
  const coloured = float32([1, 3, 1, 2], Float32Array.of(-1, 0.5, 0, 1, 0.25, 0))
  expect([...toGrey(coloured).data]).toEqual([-0.25, 0.5, -0.25, 0.5, -0.25, 0.5])
})
