import { expect, test } from 'vitest'
import { defaultThreads } from './default-threads.ts'

test('a second thread is left out on two cores, and many cores count half', () => {
  expect([1, 2, 3, 4, 6, 16, 64].map(defaultThreads)).toEqual([1, 1, 3, 4, 3, 8, 8])
})
