import { intervalsBetween } from '../sampling-grid.ts'
import { ddim, ddpm } from '../solvers/first-order.ts'
import type { SchedulerClass } from './create-scheduler.ts'
import { checkShare } from './request.ts'
import { strided, strideOf, trainedFamily, visitTimesteps } from './training-grid.ts'

/** DDIM (Song, Meng & Ermon 2020), the scheduler of the latent diffusion super-resolution checkpoint. */
export const DDIMScheduler: SchedulerClass = {
  name: 'DDIMScheduler',
  has: ['training', 'spacing', 'clipping', 'thresholds', 'set_alpha_to_one', 'rescale_betas_zero_snr'],
  usual: { timestep_spacing: 'leading', clip_sample: true },
  family: strided,
  solve: (run) => ddim(run, checkShare('eta', run.request.eta ?? 0), run.request.useClippedModelOutput),
}

/** DDIM run backwards, from a picture to the noise that DDIM turns into it. */
export const DDIMInverseScheduler: SchedulerClass = {
  name: 'DDIMInverseScheduler',
  has: ['training', 'spacing', 'clipping', 'set_alpha_to_one', 'rescale_betas_zero_snr'],
  usual: { timestep_spacing: 'leading', clip_sample: true },
  accepts: { timestep_spacing: ['leading', 'trailing'] },
  family: (config) =>
    trainedFamily(config, config.set_alpha_to_one, (request, levelAt) => {
      const { timesteps, warnings } = visitTimesteps(config, request)
      const stride = strideOf(config, request)
      // Parity: the model is told where the step goes, not where it begins.
      const intervals = timesteps.map((t) => ({ timestep: t, from: levelAt(t - stride), to: levelAt(t) }))
      return { intervals: intervals.reverse(), warnings }
    }),
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
