import type { OnProgress, Size } from '@latentkit/core'

/** How long the parts of a run took, in seconds. */
export interface RunTimes {
  /** Until the first step began: the networks are opened and the browser prepares them. */
  readonly opening: number
  /** Each step. */
  readonly step: number
  /** After the last step: the picture is decoded. */
  readonly ending: number
}

/** Takes the time of a run's parts. */
export interface RunClock {
  readonly update: OnProgress
  /** To be asked at the run's end; undefined after a single step, which does not tell its time from that of opening. */
  times(): RunTimes | undefined
}

/** @param now Seconds of any clock. */
export function createRunClock(now: () => number = () => performance.now() / 1000): RunClock {
  const begun = now()
  let steps = 0
  let first = 0
  let last = 0
  return {
    update(event) {
      if (event.type !== 'step') return
      last = now()
      if (steps++ === 0) first = last
    },
    times() {
      if (steps < 2) return undefined
      const step = (last - first) / (steps - 1)
      return { opening: Math.max(0, first - begun - step), step, ending: now() - last }
    },
  }
}

/** Size and steps of a run, which its time depends on. */
interface Extent {
  readonly size: Size
  readonly steps: number
}

/** Seconds that a run will take on the same device and model as another: opening takes the same for every picture. */
export function secondsLike({ of, times }: { readonly of: Extent; readonly times: RunTimes }, work: Extent): number {
  return times.opening + (pixels(work) / pixels(of)) * (times.step * work.steps + times.ending)
}

/** True if most of a run's time was for its pixels, so that it tells something about larger pictures. */
export const tellsAboutLarger = (work: Extent): boolean => pixels(work) >= 64 * 64

/** Of the picture that is enlarged. */
export const pixels = ({ size }: Pick<Extent, 'size'>): number => size.width * size.height
