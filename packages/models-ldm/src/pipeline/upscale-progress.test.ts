import type { ProgressEvent } from '@latentkit/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createUpscaleProgress } from './upscale-progress.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** Events with their time in seconds, as `passed+left`. */
function told(tiles: () => number, steps: number, stepsBefore?: number) {
  const events: string[] = []
  const onProgress = (event: ProgressEvent) => {
    if (event.type !== 'tile' && event.type !== 'step') return
    const what =
      event.type === 'tile' ? `${event.stage} ${event.tile}/${event.tiles}` : `step ${event.step}/${event.steps}`
    events.push(`${what}: ${event.elapsedSeconds}+${Number(event.remainingSeconds!.toFixed(6))}`)
  }
  return { events, progress: createUpscaleProgress(steps, tiles, onProgress, stepsBefore) }
}

test('the time left is told by the mean pace of the stage, tile by tile and step by step', () => {
  const { events, progress } = told(() => 2, 3)
  progress.stage('load')
  vi.advanceTimersByTime(5000)
  progress.stage('denoise')
  for (const step of [1, 2, 3]) {
    for (const tile of [1, 2]) {
      vi.advanceTimersByTime(1000)
      progress.tile(tile)
    }
    progress.step(step)
  }
  progress.stage('decode')
  for (const tile of [1, 2]) {
    vi.advanceTimersByTime(4000)
    progress.tile(tile)
  }
  expect(events).toEqual([
    'denoise 1/2: 1+5',
    'denoise 2/2: 2+4',
    'step 1/3: 2+4',
    'denoise 1/2: 3+3',
    'denoise 2/2: 4+2',
    'step 2/3: 4+2',
    'denoise 1/2: 5+1',
    'denoise 2/2: 6+0',
    'step 3/3: 6+0',
    'decode 1/2: 4+4',
    'decode 2/2: 8+0',
  ])
})

test('steps of an earlier run take no time, and a single tile is not told', () => {
  const { events, progress } = told(() => 1, 4, 2)
  progress.stage('denoise')
  for (const step of [3, 4]) {
    vi.advanceTimersByTime(3000)
    progress.tile(1)
    progress.step(step)
  }
  expect(events).toEqual(['step 3/4: 3+3', 'step 4/4: 6+0'])
  const tiled = told(() => 2, 4, 2)
  tiled.progress.stage('denoise')
  vi.advanceTimersByTime(1000)
  tiled.progress.tile(1)
  expect(tiled.events).toEqual(['denoise 1/2: 1+3'])
})

test('tiles that were done in vain do not make the time left negative', () => {
  let tiles = 2
  const { events, progress } = told(() => tiles, 1)
  progress.stage('decode')
  progress.tile(1)
  tiles = 3
  vi.advanceTimersByTime(4000)
  for (const tile of [1, 2, 3]) progress.tile(tile)
  expect(events.at(-1)).toBe('decode 3/3: 4+0')
})
