import { createNoiseSchedule } from '../noise-schedule.ts'
import type { Stage } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import { ddim } from '../solvers/ddim.ts'
import { defineScheduler, type SchedulerFactory } from './define-scheduler.ts'
import { oneOf } from './known-options.ts'
import { checkShare, checkWhole } from './request.ts'
import { strideOf, trainedLevels } from './training-grid.ts'

/**
 * RePaint (Lugmayr et al. 2022): inpaints with any model by going down and jumping back up, keeping the known part of
 * `inpainting` at each step. Reads `jumpLength`, `jumpCount` and `eta` of a request.
 */
export const createRePaintScheduler: SchedulerFactory = (options) =>
  defineScheduler('RePaintScheduler', options, {
    has: ['training', 'eta', 'clip_sample'],
    usual: { clip_sample: true },
    accepts: { prediction_type: oneOf('epsilon') },
    method(config) {
      const schedule = createNoiseSchedule(config)
      const levelAt = trainedLevels(config, true, schedule)
      return {
        prediction: createPrediction('epsilon'),
        levelAt,
        refuses: ['timesteps', 'sigmas', 'startAt'],
        grid(request) {
          const steps = checkWhole('steps', request.steps, 1, config.num_train_timesteps)
          const stride = strideOf(config, request)
          const jumpLength = checkWhole('jumpLength', request.jumpLength ?? 10, 1, config.num_train_timesteps)
          const jumpCount = checkWhole('jumpCount', request.jumpCount ?? 10, 1, Number.MAX_SAFE_INTEGER)
          const timesteps = jumpingPlaces(steps, jumpLength, jumpCount).map((place) => place * stride)
          return { intervals: timesteps.map((t) => ({ timestep: t, from: levelAt(t), to: levelAt(t - stride) })) }
        },
        solve(run) {
          const { intervals, request } = run
          const jump = (request.jumpLength ?? 10) * strideOf(config, request)
          return ddim(run, checkShare('eta', request.eta ?? config.eta)).map((stage, k): Stage => {
            const { timestep, to } = intervals[k]!
            // Parity: known and unknown parts share one draw, and the last step has none in the unknown part.
            const next = { ...stage.next, noise: timestep > 0 ? (stage.next.noise ?? 0) : 0 }
            const jumps = (intervals[k + 1]?.timestep ?? 0) > timestep
            return { ...stage, next, known: to, ...(jumps && { renoise: jumpUp(schedule.betas, timestep, jump) }) }
          })
        },
      }
    },
  })

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

/**
 * One training step of noise after another, `count` of them from a timestep upwards.
 * Parity: the sample stands a stride lower by then.
 */
function jumpUp(betas: Float32Array, timestep: number, count: number): (readonly [number, number])[] {
  return Array.from(betas.subarray(timestep, timestep + count), (beta) => [Math.sqrt(1 - beta), Math.sqrt(beta)])
}
