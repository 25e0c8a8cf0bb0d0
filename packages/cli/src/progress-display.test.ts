import { expect, test } from 'vitest'
import { createProgressDisplay, formatBytes, formatSeconds } from './progress-display.ts'

function record(isTTY: boolean) {
  const written: string[] = []
  const display = createProgressDisplay({ isTTY, columns: 80, write: (text) => written.push(text) }, 'xterm')
  return { written, ...display }
}
const step = (number: number, steps: number) =>
  ({ type: 'step', step: number, steps, elapsedSeconds: 75, remainingSeconds: 75 }) as const

test('a terminal gets a bar with step count and time left that redraws itself', () => {
  const { written, onProgress, end } = record(true)
  onProgress({ type: 'stage', stage: 'load' })
  onProgress(step(3, 6))
  onProgress({ type: 'warning', code: 'x', message: 'odd' })
  end()
  expect(written).toEqual([
    '\r\x1b[2KLoading the model …',
    '\r\x1b[2KDenoising ████████████░░░░░░░░░░░░ step 3/6  1 min 15 s left',
    '\r\x1b[2KNote: odd\n',
    '\r\x1b[2K',
  ])
})

test('a terminal that does not tell its width gets whole lines', () => {
  const written: string[] = []
  createProgressDisplay({ isTTY: true, columns: 0, write: (text) => written.push(text) }, 'xterm').onProgress({
    type: 'stage',
    stage: 'load',
  })
  expect(written).toEqual(['\r\x1b[2KLoading the model …'])
})

test('on a narrow terminal the words are whole as long as they can be, and the bar has the rest', () => {
  const lines = [60, 44, 38, 20].map((columns) => {
    const written: string[] = []
    const display = createProgressDisplay({ isTTY: true, columns, write: (text) => written.push(text) }, 'xterm')
    display.onProgress(step(3, 6))
    display.onProgress({
      type: 'tile',
      stage: 'denoise',
      tile: 12,
      tiles: 42,
      elapsedSeconds: 75,
      remainingSeconds: 75,
    })
    return written[1]!.slice(5)
  })
  expect(lines).toEqual([
    'Denoising ██████░░░░░ step 4/6, tile 12/42  1 min 15 s left',
    'Denoising step 4/6, tile 12/42  1 min 15 s ',
    'Denoising step 4/6, tile 12/42  1 min',
    'Denoising step 4/6,',
  ])
})

test('a terminal that is a dumb one gets plain lines', () => {
  const written: string[] = []
  const display = createProgressDisplay({ isTTY: true, write: (text) => written.push(text) }, 'dumb')
  display.onProgress(step(3, 6))
  display.end()
  expect(written).toEqual(['Step 3 of 6, 1 min 15 s left\n'])
})

test('a large picture shows its tiles', () => {
  const { written, onProgress } = record(true)
  const tile = { type: 'tile', tile: 2, tiles: 4, elapsedSeconds: 1, remainingSeconds: 3 } as const
  onProgress({ ...tile, stage: 'denoise' })
  onProgress(step(1, 5))
  onProgress({ ...tile, stage: 'denoise' })
  onProgress({ ...tile, stage: 'decode' })
  expect(written.map((text) => text.slice(5))).toEqual([
    'Denoising ██████░░░░░░░░░░░░░░░░░░ step 1, tile 2/4  3.0 s left',
    'Denoising ████████████░░░░░░░░░░░░ step 1/5  1 min 15 s left',
    'Denoising ██████░░░░░░░░░░░░░░░░░░ step 2/5, tile 2/4  3.0 s left',
    'Decoding ████████████░░░░░░░░░░░░ tile 2/4  3.0 s left',
  ])
})

test('anything else gets at most ten plain lines of steps', () => {
  const { written, onProgress } = record(false)
  for (let i = 1; i <= 1000; i++) onProgress(step(i, 1000))
  expect(written).toHaveLength(10)
  expect(written[0]).toBe('Step 100 of 1000, 1 min 15 s left\n')
})

const download = (receivedBytes: number, bytesPerSecond = 12_345_678) =>
  ({
    type: 'download',
    file: 'unet/weights.bin',
    receivedBytes,
    totalBytes: 676_000_000,
    bytesPerSecond,
    remainingSeconds: 27.4,
  }) as const

test('a download tells size, rate and time left; elsewhere in at most ten lines', () => {
  const terminal = record(true)
  terminal.onProgress(download(0, 0))
  terminal.onProgress(download(338_000_000))
  expect(terminal.written).toEqual([
    '\r\x1b[2KFetching ░░░░░░░░░░░░░░░░░░░░░░░░ 0 B of 676 MB',
    '\r\x1b[2KFetching ████████████░░░░░░░░░░░░ 338 MB of 676 MB, 12 MB/s, 27 s left',
  ])
  const plain = record(false)
  for (let i = 0; i <= 500; i++) plain.onProgress(download((676_000_000 * i) / 500))
  expect(plain.written).toHaveLength(10)
  expect(plain.written[4]).toBe('Fetched 338 MB of 676 MB, 12 MB/s, 27 s left\n')
})

test('bytes in words', () => {
  expect([0, 248, 999, 999.6, 1500, 9_960, 12_345_678, 999_600_000, 2e12, 5e15].map(formatBytes)).toEqual([
    '0 B',
    '248 B',
    '999 B',
    '1.0 kB',
    '1.5 kB',
    '10 kB',
    '12 MB',
    '1.0 GB',
    '2.0 TB',
    '5000 TB',
  ])
})

test('seconds in words', () => {
  expect([0.04, 9.94, 9.96, 59.4, 60, 605, 3599, 7800].map(formatSeconds)).toEqual([
    '0.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 00 s',
    '10 min 05 s',
    '59 min 59 s',
    '2 h 10 min',
  ])
})
