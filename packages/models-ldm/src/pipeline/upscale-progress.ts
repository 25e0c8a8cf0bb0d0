import type { OnProgress } from '@latentkit/core'

/** Tells progress tile by tile and step by step, with the time left at the mean pace so far. */
export interface UpscaleProgress {
  stage(stage: 'load' | 'denoise' | 'decode' | 'finish'): void
  tile(): void
  step(step: number): void
}

export function createUpscaleProgress(
  steps: number,
  tiles: number,
  onProgress: OnProgress | undefined,
): UpscaleProgress {
  let start = 0
  let done = 0
  let name: 'load' | 'denoise' | 'decode' | 'finish' = 'load'
  const times = (share: number) => {
    const elapsedSeconds = (performance.now() - start) / 1000
    return { elapsedSeconds, remainingSeconds: elapsedSeconds * (1 / share - 1) }
  }
  return {
    stage(stage) {
      name = stage
      start = performance.now()
      done = 0
      onProgress?.({ type: 'stage', stage })
    },
    tile() {
      done++
      if (tiles === 1 || (name !== 'denoise' && name !== 'decode')) return
      const all = name === 'denoise' ? tiles * steps : tiles
      onProgress?.({ type: 'tile', stage: name, tile: ((done - 1) % tiles) + 1, tiles, ...times(done / all) })
    },
    step: (step) => onProgress?.({ type: 'step', step, steps, ...times(step / steps) }),
  }
}
