import { freezePlan, type Stage } from '../plan.ts'
import { createPrediction } from '../prediction.ts'
import type { Scheduler } from '../scheduler.ts'
import { ddim } from '../solvers/ddim.ts'
import { trainingDefaults } from './defaults.ts'
import { filterPart } from './filter.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkWhole, readEta, refuse } from './request.ts'
import { levelsOf, trainingSchedule } from './training-levels.ts'

/**
 * RePaint (Lugmayr et al. 2022): inpaints with any model by going down and jumping back up, keeping the known part of
 * `inpainting` at each step. Reads `jumpLength`, `jumpCount` and `eta` of a request.
 * @throws ConfigError if an option is wrong.
 */
export function createRePaintScheduler(options: SchedulerConfig = {}, name = 'RePaintScheduler'): Scheduler {
  const defaults = { ...trainingDefaults(), eta: 0, clip_sample: true }
  const { config, warnings } = readConfig(name, options, defaults)
  const trainSteps = config.num_train_timesteps
  const schedule = trainingSchedule(name, config)
  const levelAt = levelsOf(schedule, true)
  return {
    name,
    config,
    warnings,
    levelAt,
    plan(request) {
      refuse(request, name, 'timesteps', 'sigmas')
      const steps = checkWhole('steps', request.steps, 1, trainSteps)
      const jumpLength = checkWhole('jumpLength', request.jumpLength ?? 10, 1, trainSteps)
      const jumpCount = checkWhole('jumpCount', request.jumpCount ?? 10, 1, Number.MAX_SAFE_INTEGER)
      checkWhole('startAt', request.startAt ?? 0, 0, 0)
      const stride = Math.floor(trainSteps / steps)
      const visits = jumpingVisits(steps, jumpLength, jumpCount)
      const eta = readEta(request, config.eta)
      const intervals = visits.map(({ place }) => {
        const timestep = place * stride
        return { timestep, from: levelAt(timestep), to: levelAt(timestep - stride) }
      })
      const solved = ddim(intervals, createPrediction('epsilon'), { eta, recomputeNoise: false })
      const stages = solved.map((stage, k): Stage => {
        const { timestep, to } = intervals[k]!
        // Parity: known and unknown parts share one draw, and the last step has none in the unknown part.
        const noise = timestep > 0 ? (stage.next.noise ?? 0) : 0
        const jump = visits[k]!.jumps ? jumpUp(schedule.betas, timestep, jumpLength * stride) : undefined
        return { ...stage, next: { ...stage.next, noise }, known: to, ...(jump && { renoise: jump }) }
      })
      const filter = filterPart({ ...config, clip_sample_range: 1 })
      const start = intervals[0]!.from
      return freezePlan({ scheduler: name, start, initialNoiseScale: 1, ...filter, stages, warnings: [] })
    },
  }
}

/** Places visited, in steps from the clean end, and whether a jump back up follows (figure 9 of the paper). */
function jumpingVisits(steps: number, length: number, count: number): { place: number; jumps: boolean }[] {
  const left = new Map<number, number>()
  for (let place = 0; place < steps - length; place += length) left.set(place, count - 1)
  const visits: { place: number; jumps: boolean }[] = []
  for (let place = steps - 1; place >= 0; place--) {
    const jumps = left.get(place) ?? 0
    visits.push({ place, jumps: jumps > 0 })
    if (jumps > 0) {
      left.set(place, jumps - 1)
      place += length
    }
  }
  return visits
}

/**
 * One training step of noise after another, `count` of them from a timestep upwards.
 * Parity: the sample stands a stride lower by then.
 */
function jumpUp(betas: Float32Array, timestep: number, count: number): (readonly [number, number])[] {
  return Array.from({ length: count }, (_, i) => {
    const beta = betas[timestep + i]!
    return [Math.sqrt(1 - beta), Math.sqrt(beta)] as const
  })
}
