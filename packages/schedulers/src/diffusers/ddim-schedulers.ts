import { createNoiseSchedule } from '../noise-schedule.ts'
import type { Stage } from '../plan.ts'
import { refuse } from '../refuse.ts'
import { intervalsBetween } from '../sampling-grid.ts'
import { ddim, ddpm } from '../solvers/first-order.ts'
import type { SchedulerClass } from './create-scheduler.ts'
import type { CheckedRequest } from './request.ts'
import { strided, strideOf, trainedFamily, visitTimesteps } from './training-grid.ts'

/** DDIM (Song, Meng & Ermon 2020), the scheduler of the latent diffusion super-resolution checkpoint. */
export const DDIMScheduler: SchedulerClass = {
  name: 'DDIMScheduler',
  has: ['training', 'spacing', 'clipping', 'thresholds', 'set_alpha_to_one', 'rescale_betas_zero_snr'],
  usual: { timestep_spacing: 'leading', clip_sample: true },
  family: strided,
  solve: (run) => ddim(run, run.request.eta, run.request.useClippedModelOutput),
}

/** DDIM run backwards, from a picture to the noise that DDIM turns into it. */
export const DDIMInverseScheduler: SchedulerClass = {
  name: 'DDIMInverseScheduler',
  has: ['training', 'spacing', 'clipping', 'set_alpha_to_one', 'rescale_betas_zero_snr'],
  usual: { timestep_spacing: 'leading', clip_sample: true },
  accepts: { timestep_spacing: ['leading', 'trailing'] },
  family(config) {
    const forwards = strided(config)
    return {
      ...forwards,
      grid(request) {
        const grid = forwards.grid(request)
        // Parity: the model is told where the step goes, not where it begins.
        const intervals = grid.intervals.map(({ timestep, from, to }) => ({ timestep, from: to, to: from }))
        return { ...grid, intervals: intervals.reverse() }
      },
    }
  },
  solve: (run) => ddim(run, 0),
}

/** DDPM (Ho et al. 2020), with fixed or learned variances; not `fixed_large_log`, with which the reference gives NaN. */
export const DDPMScheduler: SchedulerClass = {
  name: 'DDPMScheduler',
  has: ['training', 'spacing', 'clipping', 'thresholds', 'variance_type', 'rescale_betas_zero_snr'],
  usual: { timestep_spacing: 'leading', clip_sample: true, variance_type: 'fixed_small' },
  takes: ['timesteps'],
  family: (config) =>
    trainedFamily(config, true, (request, levelAt) => {
      const { timesteps, warnings } = visitTimesteps(config, request)
      return { intervals: intervalsBetween(timesteps, [...timesteps, -1].map(levelAt)), warnings }
    }),
  solve: (run) => ddpm(run, run.config.variance_type),
}

/** RePaint (Lugmayr et al. 2022): goes down and jumps back up, keeping the known part of `inpainting` at each step. */
export const RePaintScheduler: SchedulerClass = {
  name: 'RePaintScheduler',
  has: ['training', 'eta', 'clip_sample'],
  usual: { clip_sample: true },
  accepts: { prediction_type: ['epsilon'] },
  family: (config) =>
    trainedFamily(config, true, (request, levelAt) => {
      if (request.startAt) refuse('startAt', request.startAt, 'none, since RePaintScheduler cannot use it')
      const stride = strideOf(config, request)
      const timesteps = jumpingPlaces(request).map((place) => place * stride)
      return { intervals: timesteps.map((t) => ({ timestep: t, from: levelAt(t), to: levelAt(t - stride) })) }
    }),
  solve(run) {
    const { config, intervals, request } = run
    const { betas } = createNoiseSchedule(config)
    const jump = request.jumpLength * strideOf(config, request)
    return ddim(run, request.eta).map((stage, k): Stage => {
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
function jumpingPlaces({ steps, jumpLength, jumpCount }: CheckedRequest): number[] {
  const left = new Map<number, number>()
  for (let place = 0; place < steps - jumpLength; place += jumpLength) left.set(place, jumpCount - 1)
  const places: number[] = []
  for (let place = steps - 1; place >= 0; place--) {
    places.push(place)
    const jumps = left.get(place) ?? 0
    if (jumps === 0) continue
    left.set(place, jumps - 1)
    place += jumpLength
  }
  return places
}
