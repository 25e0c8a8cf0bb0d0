import { type NoiseLevel, varianceExploding } from '../noise-level.ts'
import { freezePlan } from '../plan.ts'
import type { Prediction } from '../prediction.ts'
import { evaluate, intervalsBetween } from '../sampling-grid.ts'
import type { Scheduler } from '../scheduler.ts'
import type { SchedulerConfig } from './options.ts'
import { readConfig } from './read-config.ts'
import { checkWhole, readTimesteps, refuse, skipTo } from './request.ts'

/**
 * Multistep consistency sampling (Song et al. 2023, algorithm 1). Takes `timesteps` of a request, which count the
 * training's own levels; the model is told 250 · log sigma.
 * @throws ConfigError if an option is wrong.
 */
export function createCMStochasticIterativeScheduler(
  options: SchedulerConfig = {},
  name = 'CMStochasticIterativeScheduler',
): Scheduler {
  const { config, warnings } = readConfig(name, options, {
    num_train_timesteps: 40,
    sigma_min: 0.002,
    sigma_max: 80,
    sigma_data: 0.5,
    s_noise: 1,
    rho: 7,
    clip_denoised: true,
  })
  const [max, min, data] = [config.sigma_max!, config.sigma_min!, config.sigma_data]
  const trainSteps = config.num_train_timesteps
  const sigmaAt = (index: number) => {
    const share = (trainSteps - 1 - index) / (trainSteps - 1)
    return (max ** (1 / config.rho) + share * (min ** (1 / config.rho) - max ** (1 / config.rho))) ** config.rho
  }
  /** The boundary condition: at the lowest level the network is the identity (appendix C). */
  const denoised = ({ sigma }: NoiseLevel): [number, number] => [
    data ** 2 / ((sigma - min) ** 2 + data ** 2),
    ((sigma - min) * data) / Math.sqrt(sigma ** 2 + data ** 2),
  ]
  const prediction: Prediction = {
    inputScale: ({ sigma }) => 1 / Math.sqrt(sigma ** 2 + data ** 2),
    denoised,
    noise: () => [0, 0],
  }
  return {
    name,
    config,
    warnings,
    plan(request) {
      refuse(request, name, 'sigmas')
      const steps = request.timesteps ? 0 : checkWhole('steps', request.steps, 1, trainSteps)
      const stride = Math.floor(trainSteps / steps)
      const indices =
        readTimesteps(request, trainSteps) ?? Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride)
      // Parity: the places are counted from the noisy end, so `leading` steps start at the very top.
      const places = indices.map((index) => trainSteps - 1 - index).reverse()
      const sigmas = places.map(sigmaAt)
      const levels = [...sigmas, min].map((sigma) => varianceExploding(Math.fround(sigma)))
      const timesteps = sigmas.map((sigma) => 250 * Math.log(sigma + 1e-44))
      const intervals = skipTo(request, intervalsBetween(timesteps, levels))
      const draws = indices.length > 1
      const stages = intervals.map((interval) => {
        const noise = config.s_noise * Math.sqrt(Math.max(0, interval.to.sigma ** 2 - Math.fround(min) ** 2))
        return { ...evaluate(prediction, interval), next: draws ? { denoised: 1, noise } : { denoised: 1 } }
      })
      return freezePlan({
        scheduler: name,
        start: intervals[0]!.from,
        initialNoiseScale: max,
        ...(config.clip_denoised ? { filter: { kind: 'clip', range: 1 } } : {}),
        stages,
        warnings: [],
      })
    },
  }
}
