import { ConfigError } from '@latentkit/core'
import { dpmSolver, type ExponentialForm } from '../solvers/dpm-solver.ts'
import { linearMultistep } from '../solvers/linear-multistep.ts'
import { saSolver } from '../solvers/sa-solver.ts'
import { unipc } from '../solvers/unipc.ts'
import { defineScheduler, type SchedulerFactory } from './define-scheduler.ts'
import { dpmFamily } from './dpm-grid.ts'
import { endLower, finalOrders, groupOrders } from './dpm-orders.ts'
import { oneOf } from './known-options.ts'
import type { Config } from './options.ts'
import { skipTo } from './request.ts'

const dpmOptions = ['training', 'respacing', 'thresholds', 'flow'] as const
const multistepOptions = ['algorithm_type', 'final_sigmas_type', 'euler_at_final', 'use_lu_lambdas'] as const
const unipcOptions = ['predict_x0', 'disable_corrector', 'solver_p', 'final_sigmas_type'] as const
const saOptions = ['predictor_order', 'corrector_order', 'tau_func', 'algorithm_type', 'lower_order_final'] as const
const unsupported = ['sigma_min', 'sigma_max', 'shift_terminal'] as const
const anyPrediction = () => ({ prediction_type: oneOf('epsilon', 'sample', 'v_prediction', 'flow_prediction') })
const learnedVariance = () => ({ variance_type: oneOf(null, 'learned', 'learned_range') })

/** DPM-Solver and DPM-Solver++ multistep (Lu et al. 2022), also their stochastic forms. Takes `timesteps` of a request. */
export const createDPMSolverMultistepScheduler: SchedulerFactory = (options) =>
  defineScheduler('DPMSolverMultistepScheduler', options, {
    has: [...dpmOptions, 'spacing', 'multistep', 'shifting', 'learned', ...multistepOptions, 'rescale_betas_zero_snr'],
    accepts: { ...anyPrediction(), ...learnedVariance() },
    method(config) {
      const form = formOf('DPMSolverMultistepScheduler', config)
      return {
        ...dpmFamily(config, { final: config.final_sigmas_type, truncatesCosine: true }),
        refuses: ['sigmas'],
        solve: (run) => dpmSolver(run, { ...form, orders: skipTo(run.request, finalOrders(run.steps, config)) }),
      }
    },
  })

/** DPM-Solver and DPM-Solver++ singlestep (Lu et al. 2022). Takes `timesteps` of a request. */
export const createDPMSolverSinglestepScheduler: SchedulerFactory = (options) =>
  defineScheduler('DPMSolverSinglestepScheduler', options, {
    has: [...dpmOptions, 'multistep', 'shifting', 'learned', 'algorithm_type', 'final_sigmas_type'],
    usual: { lower_order_final: false },
    accepts: {
      ...anyPrediction(),
      ...learnedVariance(),
      algorithm_type: oneOf('dpmsolver', 'dpmsolver++', 'sde-dpmsolver++', 'deis'),
    },
    method(config) {
      const form = { ...formOf('DPMSolverSinglestepScheduler', config), singlestep: true }
      return {
        ...dpmFamily(config, { final: config.final_sigmas_type }),
        refuses: ['sigmas'],
        solve: (run) => dpmSolver(run, { ...form, orders: skipTo(run.request, groupOrders(run.steps, config)) }),
      }
    },
  })

/** DEIS in log sigma (Zhang & Chen 2022). */
export const createDEISMultistepScheduler: SchedulerFactory = (options) =>
  defineScheduler('DEISMultistepScheduler', options, {
    has: [...dpmOptions, 'spacing', 'multistep', 'shifting', 'algorithm_type'],
    usual: { algorithm_type: 'deis', solver_type: 'logrho' },
    accepts: anyPrediction(),
    method: (config) => ({
      ...dpmFamily(config, { final: 'sigma_min', repeatsLast: true }),
      solve(run) {
        const orders = skipTo(run.request, finalOrders(run.steps, { ...config, final_sigmas_type: 'sigma_min' }))
        return linearMultistep(run, 'logSigma', (k) => orders[k]!)
      },
    }),
  })

/** UniPC (Zhao et al. 2023). With `use_flow_sigmas` it takes `sigmas` of a request, before they are shifted. */
export const createUniPCMultistepScheduler: SchedulerFactory = (options) =>
  defineScheduler('UniPCMultistepScheduler', options, {
    has: [...dpmOptions, 'spacing', 'multistep', 'shifting', ...unipcOptions, ...unsupported, 'rescale_betas_zero_snr'],
    usual: { solver_type: 'bh2' },
    accepts: {
      ...anyPrediction(),
      solver_order: oneOf(1, 2, 3, 4),
      ...Object.fromEntries(unsupported.map((key) => [key, oneOf(null)])),
    },
    method: (config) => ({
      ...dpmFamily(config, { final: config.final_sigmas_type, repeatsLast: true, flowBeginsAtOne: true }),
      refuses: config.use_flow_sigmas ? ['timesteps'] : ['timesteps', 'sigmas'],
      solve: (run) =>
        unipc(run, {
          orders: endLower(config, config.solver_order, run.intervals.length),
          corrects: run.intervals.map((_, k) => !config.disable_corrector.includes(k + (run.request.startAt ?? 0))),
          data: config.predict_x0,
          kind: config.solver_type === 'bh1' ? 'bh1' : 'bh2',
        }),
    }),
  })

/** SA-Solver (Xue et al. 2023). Reads `tau` of a request. */
export const createSASolverScheduler: SchedulerFactory = (options) =>
  defineScheduler('SASolverScheduler', options, {
    has: [...dpmOptions, 'spacing', 'learned', ...saOptions],
    usual: { algorithm_type: 'data_prediction' },
    accepts: {
      ...anyPrediction(),
      ...learnedVariance(),
      algorithm_type: oneOf('data_prediction', 'noise_prediction'),
    },
    method: (config) => ({
      ...dpmFamily(config, { final: 'sigma_min', repeatsLast: true }),
      solve: (run) =>
        saSolver(run, {
          predictorOrders: endLower(config, config.predictor_order, run.intervals.length),
          correctorOrders: endLower(config, config.corrector_order, run.intervals.length + 1),
          tau: run.request.tau ?? ((timestep) => (timestep >= 200 && timestep <= 800 ? 1 : 0)),
          data: config.algorithm_type === 'data_prediction',
        }),
    }),
  })

/** @throws ConfigError if the noise estimate is asked for where there is no noise. */
function formOf(name: string, config: Config): ExponentialForm {
  const { algorithm_type: algorithm, solver_type: kind, final_sigmas_type: value } = config
  const data = algorithm === 'deis' || algorithm.endsWith('++')
  if (!data && value === 'zero') {
    const expected = `"sigma_min" with algorithm_type "${algorithm}"`
    throw new ConfigError({ source: name, key: 'final_sigmas_type', value, expected })
  }
  return { data, stochastic: algorithm.startsWith('sde-'), kind: kind === 'heun' ? 'heun' : 'midpoint' }
}
