import type { Stage } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, type Interval } from '../sampling-grid.ts'

/** Straight steps along the direction that the model answers with (Lipman et al. 2022). */
export function flowEuler(intervals: readonly Interval[], prediction: Prediction): Stage[] {
  return intervals.map((interval, k) => ({
    ...evaluate(prediction, interval),
    next: { samples: { [k]: 1 }, output: interval.to.sigma - interval.from.sigma },
  }))
}
