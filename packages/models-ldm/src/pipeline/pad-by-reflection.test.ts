import { float32 } from '@latentkit/core'
import { expect, test } from 'vitest'
import { padByReflection } from './pad-by-reflection.ts'

test('every plane is mirrored to the right and below, as often as needed, without repeating the ends', () => {
  const source = float32([1, 2, 2, 3], Float32Array.of(0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112))
  const row = [0, 1, 2, 1, 0, 1, 2, 1]
  const { shape, data } = padByReflection(source, 4, 8)
  expect(shape).toEqual([1, 2, 4, 8])
  expect([...data]).toEqual([0, 10, 0, 10, 100, 110, 100, 110].flatMap((start) => row.map((value) => start + value)))
})

test('what is one pixel wide or high is repeated', () => {
  const column = float32([1, 1, 2, 1], Float32Array.of(3, 4))
  expect([...padByReflection(column, 2, 3).data]).toEqual([3, 3, 3, 4, 4, 4])
  const row = float32([1, 1, 1, 2], Float32Array.of(3, 4))
  expect([...padByReflection(row, 3, 2).data]).toEqual([3, 4, 3, 4, 3, 4])
})
