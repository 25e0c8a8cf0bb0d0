import { expect, test } from 'vitest'
import { addRange, type ByteRange, countBytes, missingRanges } from './byte-ranges.ts'

const range = (start: number, end: number): ByteRange => ({ start, end })

test('ranges are joined where they touch', () => {
  const ranges = [range(10, 20), range(30, 40)]
  expect(addRange(ranges, range(0, 5))).toEqual([range(0, 5), ...ranges])
  expect(addRange(ranges, range(20, 30))).toEqual([range(10, 40)])
  expect(addRange(ranges, range(5, 100))).toEqual([range(5, 100)])
  expect(addRange(ranges, range(12, 15))).toEqual(ranges)
  expect(addRange(ranges, range(7, 7))).toEqual(ranges)
  expect(countBytes(ranges)).toBe(20)
})

test('what is missing comes in pieces', () => {
  expect(missingRanges([], 10, 4)).toEqual([range(0, 4), range(4, 8), range(8, 10)])
  expect(missingRanges([range(0, 3), range(5, 9)], 10, 100)).toEqual([range(3, 5), range(9, 10)])
  expect(missingRanges([range(0, 10)], 10, 4)).toEqual([])
  expect(missingRanges([], 0, 4)).toEqual([])
})

test('any ranges and what is missing of them cover a file once', () => {
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
  for (let round = 0; round < 300; round++) {
    const size = random(60)
    const there = new Set<number>()
    let ranges: readonly ByteRange[] = []
    for (let i = random(6); i > 0 && size > 0; i--) {
      const start = random(size)
      const end = start + random(size - start + 1)
      ranges = addRange(ranges, range(start, end))
      for (let k = start; k < end; k++) there.add(k)
    }
    const missing = missingRanges(ranges, size, 1 + random(9))
    const bytes = [...ranges, ...missing].flatMap(({ start, end }) =>
      Array.from({ length: end - start }, (_, k) => start + k),
    )
    expect(bytes.sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, k) => k))
    expect(countBytes(ranges)).toBe(there.size)
  }
})
