import type { OnProgress } from '@latentkit/core'

/** Tells progress after each step, with the time left at the mean pace so far. */
export function createStepTimer(steps: number, onProgress: OnProgress | undefined): (step: number) => void {
  const start = performance.now()
  return (step) => {
    const elapsedSeconds = (performance.now() - start) / 1000
    onProgress?.({
      type: 'step',
      step,
      steps,
      elapsedSeconds,
      remainingSeconds: (elapsedSeconds / step) * (steps - step),
    })
  }
}
