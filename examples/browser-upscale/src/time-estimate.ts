import type { Size } from '@latentkit/core'
import type { Precision } from '@latentkit/models-ldm'
import { say, show } from './elements.ts'
import { duration } from './progress.ts'
import type { Device, Model } from './upscaler.ts'

/** What would be done if the visitor started now. */
export interface Work {
  readonly model: Model
  readonly device: Device
  readonly size: Size
  readonly steps: number
  readonly precision: Precision
}

/** Says before a run about how long it will take. */
export interface TimeEstimate {
  /** Tells it for this work when nothing else is wanted for a moment; undefined for nothing. */
  tell(work: Work | undefined): void
  /** Makes way for a run: resolves when nothing is measured any more. */
  stop(): Promise<void>
  /** Learns from a run how long its model takes on its device. */
  learn(work: Work, seconds: number): void
}

/** What the pace depends on. */
const alike = ['model', 'device', 'precision'] as const

/** Milliseconds without a change before something is measured. */
const calm = 800

/**
 * What was learned from a run is told at once. Before the first one only the small model is measured: the weights of a large
 * one would have to be loaded for it.
 * @param measure Seconds that the work would take.
 */
export function createTimeEstimate(measure: (work: Work, signal: AbortSignal) => Promise<number>): TimeEstimate {
  const paces: { readonly of: Work; readonly secondsPerPixel: number }[] = []
  let measuring = new AbortController()
  let measured: Promise<void> = Promise.resolve()

  function sayAbout(seconds: number): void {
    say('estimate', `Takes about ${duration(seconds)} on this device.`)
    show('estimate', true)
  }

  async function measureSoon(work: Work, { signal }: AbortController): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, calm))
    if (signal.aborted) return
    try {
      const seconds = await measure(work, signal)
      if (!signal.aborted) sayAbout(seconds)
    } catch {
      // What is wrong is told when somebody starts.
    }
  }

  return {
    tell(work) {
      measuring.abort()
      show('estimate', false)
      if (!work) return
      const pace = paces.find(({ of }) => alike.every((key) => of[key] === work[key]))
      if (pace) return sayAbout(pace.secondsPerPixel * pixelSteps(work))
      if (work.model !== 'small') return
      measuring = new AbortController()
      measured = measureSoon(work, measuring)
    },
    async stop() {
      measuring.abort()
      await measured
    },
    learn(work, seconds) {
      paces.unshift({ of: work, secondsPerPixel: seconds / pixelSteps(work) })
    },
  }
}

function pixelSteps({ size, steps }: Work): number {
  return size.width * size.height * steps
}
