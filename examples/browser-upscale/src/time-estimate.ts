import type { Size } from '@latentkit/core'
import type { Precision } from '@latentkit/models-ldm'
import { say, show } from './elements.ts'
import { type RunTimes, secondsLike, tellsAboutLarger } from './pace.ts'
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
  /** Learns from a run how long its model takes on its device. A run too short to tell, or without times, changes nothing. */
  learn(work: Work, times: RunTimes | undefined): void
}

/** What the pace depends on. */
const alike = ['model', 'device', 'precision'] as const

/** Milliseconds without a change before something is measured. */
const calm = 800

/**
 * What was learned from a run is told at once. Before that only the small model is measured: the weights of a large
 * one would have to be loaded for it.
 * @param measure Seconds that the work would take.
 */
export function createTimeEstimate(measure: (work: Work, signal: AbortSignal) => Promise<number>): TimeEstimate {
  const learned: { readonly of: Work; readonly times: RunTimes }[] = []
  let measuring = new AbortController()
  let measured: Promise<void> = Promise.resolve()

  function sayAbout(seconds: number): void {
    say('estimate', `Takes ${seconds < 1 ? '' : 'about '}${duration(seconds)} on this device.`)
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
      const run = learned.find(({ of }) => alike.every((key) => of[key] === work[key]))
      if (run) return sayAbout(secondsLike(run, work))
      if (work.model !== 'small') return
      measuring = new AbortController()
      measured = measureSoon(work, measuring)
    },
    async stop() {
      measuring.abort()
      await measured
    },
    learn(work, times) {
      if (times && tellsAboutLarger(work)) learned.unshift({ of: work, times })
    },
  }
}
