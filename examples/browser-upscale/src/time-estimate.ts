import { LatentkitError, type Size } from '@latentkit/core'
import type { Precision } from '@latentkit/models-ldm'
import { pixels, type RunTimes, secondsLike, tellsAboutLarger } from './pace.ts'
import type { Device, Model } from './upscaler.ts'

/** What would be done if the visitor started now. */
export interface Work {
  readonly model: Model
  readonly device: Device
  readonly size: Size
  readonly steps: number
  readonly precision: Precision
}

/** Finds before a run about how long it will take. */
export interface TimeEstimate {
  /** Begins with these works, which differ in their sizes, when nothing else is wanted for a moment; the ones before are dropped. */
  begin(works: readonly Work[]): void
  /** Makes way for a run: resolves when nothing is measured any more. */
  stop(): Promise<void>
  /** Learns from a run how long its model takes on its device. A run too short to tell, or without times, changes nothing. */
  learn(work: Work, times: RunTimes | undefined): void
  /** Seconds as learned from a run, infinite for what memory cannot hold; undefined if there was none like it. */
  known(work: Work): number | undefined
}

/** What the pace depends on. */
const alike = ['model', 'device', 'precision'] as const

/** Milliseconds without a change before something is measured. */
const calm = 800

/**
 * What was learned from a run is told at once. Before that only the small model is measured: the weights of a large
 * one would have to be loaded for it.
 * @param measure Seconds that the work would take; `timings` are shared by works that begin together.
 * @param onTime Told the seconds of each work: infinite for what memory cannot hold.
 */
export function createTimeEstimate(
  measure: (work: Work, timings: Map<string, number>, signal: AbortSignal) => Promise<number>,
  onTime: (work: Work, seconds: number) => void,
): TimeEstimate {
  const learned: { readonly of: Work; readonly times: RunTimes }[] = []
  /** What memory cannot hold: a run tells nothing of that. */
  const tooLarge: Work[] = []
  let measuring = new AbortController()
  let measured: Promise<void> = Promise.resolve()

  function known(work: Work): number | undefined {
    const isAlike = (of: Work) => alike.every((key) => of[key] === work[key])
    if (tooLarge.some((of) => isAlike(of) && pixels(work) >= pixels(of))) return Infinity
    const run = learned.find(({ of }) => isAlike(of))
    return run && secondsLike(run, work)
  }

  async function measureSoon(works: readonly Work[], { signal }: AbortController): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, calm))
    const timings = new Map<string, number>()
    for (const work of works) {
      if (signal.aborted) return
      try {
        const seconds = await measure(work, timings, signal)
        if (!signal.aborted) onTime(work, seconds)
      } catch (error) {
        // What else is wrong is told when somebody starts.
        if (!LatentkitError.isInstance(error, 'memory')) continue
        tooLarge.push(work)
        if (!signal.aborted) onTime(work, Infinity)
      }
    }
  }

  return {
    begin(works) {
      measuring.abort()
      const toMeasure: Work[] = []
      for (const work of works) {
        const seconds = known(work)
        if (seconds !== undefined) onTime(work, seconds)
        else if (work.model === 'small') toMeasure.push(work)
      }
      if (toMeasure.length === 0) return
      measuring = new AbortController()
      measured = measureSoon(toMeasure, measuring)
    },
    async stop() {
      measuring.abort()
      await measured
    },
    learn(work, times) {
      if (times && tellsAboutLarger(work)) learned.unshift({ of: work, times })
    },
    known,
  }
}
