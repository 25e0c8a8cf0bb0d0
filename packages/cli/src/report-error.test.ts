import { InvalidArgumentError, MemoryError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { describeError, SomeFailedError } from './report-error.ts'

test('options are named as the command line does', () => {
  const wrong = new InvalidArgumentError({ argument: 'backProjection', value: -1, expected: 'a number from 0 to 100' })
  expect(describeError(wrong)).toBe('--back-projection is -1; expected a number from 0 to 100.')
  const none = new InvalidArgumentError({ argument: 'steps', value: 0, expected: 'a whole number from 1 to 1000' })
  expect(describeError(none)).toBe('--steps is 0; expected a whole number from 1 to 1000.')
  const size = new InvalidArgumentError({ argument: 'scale', value: 0, expected: 'a number above 0' })
  expect(describeError(size)).toBe('--scale is 0; expected a number above 0.')
  const hint = 'Say with the option "memory" how much may be used.'
  expect(describeError(new MemoryError({ what: 'It', neededBytes: 2 ** 31, availableBytes: 2 ** 30, hint }))).toBe(
    'It needs about 2.0 GiB of memory; 1.0 GiB is available. Say with the option --memory how much may be used.',
  )
})

test('of many pictures that failed a few are named', () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `${i}.png`)
  expect(new SomeFailedError(names(10), 12).message).toBe(`10 of 12 pictures failed: ${names(10).join(', ')}.`)
  expect(new SomeFailedError(names(10_000), 10_000).message).toBe(
    `10000 of 10000 pictures failed: ${names(10).join(', ')}, … and 9,990 more.`,
  )
})
