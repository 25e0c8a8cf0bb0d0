import type { ProgressEvent } from '@latentkit/core'
import { expect, test } from 'vitest'
import { createProgressMeter } from './progress-meter.ts'

type Download = Extract<ProgressEvent, { type: 'download' }>

function record(total: number) {
  const events: Download[] = []
  let time = 0
  const meter = createProgressMeter(
    (event) => events.push(event as Download),
    total,
    () => time,
  )
  return {
    events,
    meter,
    at(seconds: number, file: string, bytes: number) {
      time = seconds * 1000
      meter.report(file, bytes)
      return events.at(-1)!
    },
  }
}

test('the rate is that of the last seconds, and the time left follows from it', () => {
  const { at } = record(2000)
  at(0, 'a', 0)
  expect(at(1, 'a', 100)).toMatchObject({ file: 'a', receivedBytes: 100, bytesPerSecond: 100, remainingSeconds: 19 })
  for (let second = 2; second <= 20; second++) at(second, 'a', 100 + (second - 1) * 50)
  expect(at(21, 'a', 1100)).toMatchObject({ bytesPerSecond: 50, remainingSeconds: 18 })
})

test('what was there before counts as received, not as fast', () => {
  const { at } = record(1000)
  expect(at(0, 'a', 600)).toMatchObject({ receivedBytes: 600, bytesPerSecond: 0 })
  expect(at(1, 'a', 650)).toMatchObject({ receivedBytes: 650, bytesPerSecond: 50, remainingSeconds: 7 })
  expect(at(2, 'b', 350)).toMatchObject({ receivedBytes: 1000, bytesPerSecond: 25, remainingSeconds: 0 })
})

test('a file that is begun anew is taken back', () => {
  const { at } = record(1000)
  at(0, 'a', 0)
  at(1, 'a', 500)
  expect(at(2, 'a', 0)).toMatchObject({ receivedBytes: 0, bytesPerSecond: 250 })
})

test('at most ten events a second, and the last one always', () => {
  const { events, meter, at } = record(1000)
  for (let i = 0; i <= 1000; i++) at(i / 1000, 'a', i)
  expect(events.length).toBeLessThan(12)
  meter.flush()
  expect(events.at(-1)).toMatchObject({ receivedBytes: 1000, totalBytes: 1000, remainingSeconds: 0 })
})

test('files that become known later are added', () => {
  const { at, meter } = record(0)
  meter.expect(100)
  at(0, 'a', 0)
  meter.expect(200)
  expect(at(1, 'a', 100)).toMatchObject({ receivedBytes: 100, totalBytes: 300, remainingSeconds: 2 })
})

test('without a size the total grows', () => {
  const { at } = record(0)
  at(0, 'a', 0)
  expect(at(1, 'a', 70)).toMatchObject({ receivedBytes: 70, totalBytes: 70, remainingSeconds: 0 })
})
