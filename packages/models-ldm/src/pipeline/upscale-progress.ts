import type { OnProgress } from '@latentkit/core'

/** Tells progress tile by tile and step by step, with the time left at the mean pace so far. */
export interface UpscaleProgress {
  stage(stage: 'load' | 'denoise' | 'decode' | 'finish'): void
  /** @param tile The tile that is done, counted from 1 in each step and in decoding. */
  tile(tile: number): void
  step(step: number): void
}

/** @param stepsBefore Steps that an earlier run did. */
export function createUpscaleProgress(
  steps: number,
  countTiles: () => number,
  onProgress: OnProgress | undefined,
  stepsBefore = 0,
): UpscaleProgress {
  let start = 0
  let done = 0
  let name: 'load' | 'denoise' | 'decode' | 'finish' = 'load'
  const times = (share: number) => {
    const elapsedSeconds = (performance.now() - start) / 1000
    // Tiles that were done in vain, when memory ran out, count too: the share may pass 1.
    return { elapsedSeconds, remainingSeconds: Math.max(0, elapsedSeconds * (1 / share - 1)) }
  }
  return {
    stage(stage) {
      name = stage
      start = performance.now()
      done = 0
      onProgress?.({ type: 'stage', stage })
    },
    tile(tile) {
      done++
      const tiles = countTiles()
      if (tiles === 1 || (name !== 'denoise' && name !== 'decode')) return
      const all = name === 'denoise' ? tiles * (steps - stepsBefore) : tiles
      onProgress?.({ type: 'tile', stage: name, tile, tiles, ...times(done / all) })
    },
    step: (step) => onProgress?.({ type: 'step', step, steps, ...times((step - stepsBefore) / (steps - stepsBefore)) }),
  }
}
