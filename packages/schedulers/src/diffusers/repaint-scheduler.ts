import { createNoiseSchedule } from '../noise-schedule.ts'
import type { Stage } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import { ddim } from '../solvers/first-order.ts'
import type { Family, SchedulerClass } from './create-scheduler.ts'
import { checkShare, checkWhole, refuseGiven } from './request.ts'
import { strideOf, trainedLevels } from './training-grid.ts'

/** RePaint (Lugmayr et al. 2022): goes down and jumps back up, keeping the known part of `inpainting` at each step. */
export const RePaintScheduler: SchedulerClass<Family & { readonly betas: Float32Array }> = {
  name: 'RePaintScheduler',
  has: ['training', 'eta', 'clip_sample'],
  usual: { clip_sample: true },
  accepts: { prediction_type: ['epsilon'] },
  family(config) {
    const schedule = createNoiseSchedule(config)
    const levelAt = trainedLevels(config, true, schedule)
    return {
      betas: schedule.betas,
      prediction: createPrediction('epsilon'),
      levelAt,
      grid(request) {
        const { num_train_timesteps: trainSteps } = config
        if (request.startAt) refuseGiven(request, 'startAt', 'none, since RePaintScheduler cannot use it')
        const steps = checkWhole('steps', request.steps, 1, trainSteps)
        const stride = strideOf(config, request)
        const jumpLength = checkWhole('jumpLength', request.jumpLength ?? 10, 1, trainSteps)
        const jumpCount = checkWhole('jumpCount', request.jumpCount ?? 10, 1, Number.MAX_SAFE_INTEGER)
        const timesteps = jumpingPlaces(steps, jumpLength, jumpCount).map((place) => place * stride)
        return { intervals: timesteps.map((t) => ({ timestep: t, from: levelAt(t), to: levelAt(t - stride) })) }
      },
    }
  },
  solve(run) {
    const { betas, config, intervals, request } = run
    const jump = (request.jumpLength ?? 10) * strideOf(config, request)
    return ddim(run, checkShare('eta', request.eta ?? config.eta)).map((stage, k): Stage => {
      const { timestep, to } = intervals[k]!
      // Parity: known and unknown parts share one draw, and the last step has none in the unknown part.
      const next = { ...stage.next, noise: timestep > 0 ? (stage.next.noise ?? 0) : 0 }
      const jumps = (intervals[k + 1]?.timestep ?? 0) > timestep
      // One training step of noise after another. Parity: the sample stands a stride lower by then.
      const up = Array.from(betas.subarray(timestep, timestep + jump), (b) => [Math.sqrt(1 - b), Math.sqrt(b)] as const)
      return { ...stage, next, known: to, ...(jumps && { renoise: up }) }
    })
  },
}

/** Places visited, in steps from the clean end: down, and up again for each jump (figure 9 of the paper). */
function jumpingPlaces(steps: number, length: number, count: number): number[] {
  const left = new Map<number, number>()
  for (let place = 0; place < steps - length; place += length) left.set(place, count - 1)
  const places: number[] = []
  for (let place = steps - 1; place >= 0; place--) {
    places.push(place)
    const jumps = left.get(place) ?? 0
    if (jumps === 0) continue
    left.set(place, jumps - 1)
    place += length
  }
  return places
}
