import { MemoryError } from '@latentkit/core'
import { expect, test, vi } from 'vitest'
import { createTimeEstimate, type Work } from '../src/time-estimate.ts'

test('what memory cannot hold stays so after a run on something smaller', async () => {
  vi.useFakeTimers()
  const work = (width: number, height: number): Work => ({
    model: 'small',
    device: 'wasm',
    precision: 'float32',
    steps: 2,
    size: { width, height },
  })
  const told: [number, number][] = []
  const estimate = createTimeEstimate(
    async ({ size }) => {
      if (size.width < 6000) return 9
      throw new MemoryError({ what: 'It', neededBytes: 2, availableBytes: 1 })
    },
    ({ size }, seconds) => void told.push([size.width, seconds]),
  )
  estimate.begin([work(300, 200), work(6000, 4000)])
  await vi.runAllTimersAsync()
  estimate.learn(work(300, 200), { opening: 1, step: 1, ending: 1 })
  estimate.begin([work(300, 200), work(6000, 4000)])
  expect(told).toEqual([
    [300, 9],
    [6000, Infinity],
    [300, 4],
    [6000, Infinity],
  ])
  expect(estimate.known(work(8000, 4000))).toBe(Infinity)
  expect(estimate.known(work(600, 200))).toBe(7)
  vi.useRealTimers()
})
