import type { OnProgress } from '@latentkit/core'

/** Milliseconds that the rate is a mean of. */
const window = 5000
/** Milliseconds between two events. */
const eventInterval = 100

/** Adds up what all files of a model have received, and tells it as `download` events, at most ten a second. */
export interface ProgressMeter {
  /** So many further bytes are to be fetched, which were not known before. */
  expect(bytes: number): void
  /** `received` bytes of the file are there; the first call for a file says what was there before. */
  report(file: string, received: number): void
  /** Tells how things stand, however short ago that was told. */
  flush(): void
}

/** @param totalBytes Of all files that are known to be fetched. @param now Milliseconds. */
export function createProgressMeter(
  onProgress: OnProgress | undefined,
  totalBytes: number,
  now: () => number = () => performance.now(),
): ProgressMeter {
  let total = totalBytes
  const files = new Map<string, number>()
  /** Bytes that came over the network, at some moments of the last seconds. */
  let samples = [{ time: now(), bytes: 0 }]
  let fetched = 0
  let received = 0
  let toldAt = Number.NEGATIVE_INFINITY
  let current = ''

  const tell = (time: number) => {
    toldAt = time
    const oldest = samples[0]!
    const seconds = (time - oldest.time) / 1000
    const bytesPerSecond = seconds > 0 ? (fetched - oldest.bytes) / seconds : 0
    const remaining = Math.max(0, total - received)
    const remainingSeconds = remaining === 0 ? 0 : remaining / bytesPerSecond
    onProgress?.({
      type: 'download',
      file: current,
      receivedBytes: received,
      totalBytes: Math.max(total, received),
      bytesPerSecond,
      remainingSeconds,
    })
  }
  return {
    expect(bytes) {
      total += bytes
    },
    report(file, bytes) {
      const time = now()
      const before = files.get(file)
      files.set(file, bytes)
      received += bytes - (before ?? 0)
      if (before !== undefined) fetched += Math.max(0, bytes - before)
      current = file
      if (time - samples.at(-1)!.time > window / 20) samples.push({ time, bytes: fetched })
      while (samples.length > 2 && time - samples[1]!.time > window) samples = samples.slice(1)
      if (time - toldAt >= eventInterval) tell(time)
    },
    flush: () => tell(now()),
  }
}
