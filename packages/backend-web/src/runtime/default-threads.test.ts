import { expect, test } from 'vitest'
import { defaultThreads } from './default-threads.ts'

test('every core has a thread up to four; of more, half', () => {
  expect([1, 2, 3, 4, 6, 16, 64].map(defaultThreads)).toEqual([1, 2, 3, 4, 3, 8, 8])
})
