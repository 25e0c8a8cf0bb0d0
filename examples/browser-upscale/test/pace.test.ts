import type { ProgressEvent } from '@latentkit/core'
import { expect, test } from 'vitest'
import { createRunClock, secondsLike, tellsAboutLarger } from '../src/pace.ts'
import type { Work } from '../src/time-estimate.ts'

const work = (side: number, steps: number): Work => ({
  model: 'large',
  device: 'wasm',
  precision: 'float32',
  size: { width: side, height: side },
  steps,
})

/** A run on a machine that takes 10 s to open the networks, and for each pixel 1 ms a step and 2 ms to decode. */
function timesOf({ size, steps }: Work) {
  let now = 5
  const clock = createRunClock(() => now)
  const pixels = size.width * size.height
  now += 10
  for (let step = 1; step <= steps; step++) {
    now += pixels * 0.001
    clock.update({ type: 'step', step, steps } as ProgressEvent)
  }
  now += pixels * 0.002
  return clock.times()
}

test('from one run it is told how long another one takes, what is the same for each counted once', () => {
  const run = work(100, 8)
  const larger = secondsLike({ of: run, times: timesOf(run)! }, work(200, 20))
  expect(larger).toBeCloseTo(10 + 40_000 * (20 * 0.001 + 0.002))
  const smaller = secondsLike({ of: run, times: timesOf(run)! }, work(10, 2))
  expect(smaller).toBeCloseTo(10 + 100 * (2 * 0.001 + 0.002))
})

test('a run of a single step does not tell what a step takes', () => {
  expect(timesOf(work(100, 1))).toBeUndefined()
})

test('a tiny picture, whose time is mostly that of opening, tells nothing about larger ones', () => {
  expect(tellsAboutLarger(work(3, 4))).toBe(false)
  expect(tellsAboutLarger(work(63, 4))).toBe(false)
  expect(tellsAboutLarger(work(64, 4))).toBe(true)
})
