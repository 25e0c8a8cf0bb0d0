import { exponentialSolver } from '../solvers/exponential.ts'
import type { RequestedRun, SchedulerClass } from './create-scheduler.ts'
import { dpmFamily } from './dpm-grid.ts'
import { bh1, bh2, dpmSolver, finalOrders } from './dpm-solver.ts'
import { sigmaEnds } from './read-config.ts'
import { checkShare } from './request.ts'

const anyPrediction = ['epsilon', 'sample', 'v_prediction', 'flow_prediction'] as const

/** DPM-Solver and DPM-Solver++ multistep (Lu et al. 2022), also their stochastic forms. */
export const DPMSolverMultistepScheduler: SchedulerClass = {
  name: 'DPMSolverMultistepScheduler',
  has: ['dpm', 'spacing', 'dpm_solver', 'shifting', 'learned', 'dpm_multistep'],
  reads: sigmaEnds,
  accepts: { prediction_type: anyPrediction },
  takes: ['timesteps'],
  family: (config) => dpmFamily(config, { truncatesCosine: true }),
  solve: (run) => dpmSolver(run),
}

/** DPM-Solver multistep run backwards, from a picture to the noise that it turns into it; not the stochastic forms. */
export const DPMSolverMultistepInverseScheduler: SchedulerClass = {
  name: 'DPMSolverMultistepInverseScheduler',
  has: ['dpm', 'spacing', 'multistep', 'algorithm_type', 'learned', 'euler_at_final'],
  reads: sigmaEnds,
  usual: { final_sigmas_type: 'sigma_min' },
  accepts: { use_flow_sigmas: [false], algorithm_type: ['dpmsolver', 'dpmsolver++', 'deis'] },
  family: (config) => dpmFamily(config, { repeatsLast: true, climbs: true }),
  solve: (run) => dpmSolver(run),
}

/** DPM-Solver and DPM-Solver++ singlestep (Lu et al. 2022). */
export const DPMSolverSinglestepScheduler: SchedulerClass = {
  name: 'DPMSolverSinglestepScheduler',
  has: ['training', 'dpm', 'dpm_solver', 'shifting', 'learned'],
  reads: sigmaEnds,
  usual: { lower_order_final: false },
  accepts: { prediction_type: anyPrediction, algorithm_type: ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver++', 'deis'] },
  takes: ['timesteps'],
  family: (config) => dpmFamily(config),
  solve: (run) => dpmSolver(run, true),
}

/** DEIS in log sigma (Zhang & Chen 2022, eq. 15). */
export const DEISMultistepScheduler: SchedulerClass = {
  name: 'DEISMultistepScheduler',
  has: ['dpm', 'spacing', 'multistep', 'shifting', 'algorithm_type'],
  reads: sigmaEnds,
  usual: { algorithm_type: 'deis', solver_type: 'logrho', final_sigmas_type: 'sigma_min' },
  accepts: { prediction_type: anyPrediction },
  family: (config) => dpmFamily(config, { repeatsLast: true }),
  solve: (run) => exponentialSolver(run, { data: false, orders: finalOrders(run.steps, run.config) }),
}

/** UniPC: a predictor, and a corrector that costs no evaluation (Zhao et al. 2023). Its flows take sigmas before the shift. */
export const UniPCMultistepScheduler: SchedulerClass = {
  name: 'UniPCMultistepScheduler',
  has: ['dpm', 'spacing', 'multistep', 'shifting', 'unipc', 'final_sigmas_type', 'rescale_betas_zero_snr'],
  usual: { solver_type: 'bh2' },
  accepts: { prediction_type: anyPrediction, solver_order: [1, 2, 3, 4] },
  takes: ['sigmas'],
  family: (config) => dpmFamily(config, { repeatsLast: true, flowBeginsAtOne: true }),
  solve(run) {
    const { predict_x0: data, disable_corrector: uncorrected, solver_order, solver_type } = run.config
    const orders = untilEnd(run, solver_order)
    const corrections = orders.map((order, k) => (uncorrected.includes(k) ? 0 : order + 1))
    const moments = { 2: solver_type === 'bh1' ? bh1 : bh2 }
    // Parity: what the model says of the noise is taken as it is, whatever filter there is.
    return exponentialSolver(
      { ...run, filtered: data && run.filtered === true },
      { data, orders, corrections, moments },
    )
  },
}

/** SA-Solver, stochastic Adams: predictor and corrector with noise of any size (Xue et al. 2023). */
export const SASolverScheduler: SchedulerClass = {
  name: 'SASolverScheduler',
  has: ['dpm', 'spacing', 'learned', 'sa_solver', 'algorithm_type', 'lower_order_final'],
  reads: sigmaEnds,
  usual: { algorithm_type: 'data_prediction', final_sigmas_type: 'sigma_min' },
  accepts: { prediction_type: anyPrediction, algorithm_type: ['data_prediction', 'noise_prediction'] },
  family: (config) => dpmFamily(config, { repeatsLast: true }),
  solve(run) {
    const { algorithm_type, predictor_order, corrector_order } = run.config
    const data = algorithm_type === 'data_prediction'
    const tauAt = run.request.tau ?? ((timestep) => (timestep >= 200 && timestep <= 800 ? 1 : 0))
    return exponentialSolver(run, {
      data,
      orders: untilEnd(run, predictor_order),
      corrections: untilEnd(run, corrector_order, 1),
      tau: (timestep) => checkShare('tau', tauAt(timestep)),
      // Parity: with two estimates the reference borrows from UniPC.
      moments: data ? { 2: bh1 } : {},
    })
  },
}

/** One order on every interval; if lower orders are wanted at the end, not above the intervals left and `more`. */
function untilEnd({ steps, config }: RequestedRun, order: number, more = 0): number[] {
  const limit = (k: number) => (config.lower_order_final ? steps - k + more : order)
  return Array.from({ length: steps }, (_, k) => Math.min(order, limit(k)))
}
