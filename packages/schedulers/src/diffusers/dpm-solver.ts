import type { Stage } from '../plan.ts'
import { exponentialSolver, type Moment } from '../solvers/exponential.ts'
import type { RequestedRun } from './create-scheduler.ts'
import type { Config } from './options.ts'

/** The first moment of two estimates: exact to h² (the paper's B₁ of UniPC), or as if the estimate were constant. */
export const bh1: Moment = ({ h }) => h ** 2 / 2
export const bh2: Moment = ({ mass, h }) => (mass * h) / 2

/** DPM-Solver and DPM-Solver++ (Lu et al. 2022) as options ask for it; singlestep goes by groups of steps. */
export function dpmSolver(run: RequestedRun, singlestep = false): Stage[] {
  const { algorithm_type: algorithm, solver_type } = run.config
  const data = algorithm === 'deis' || algorithm.endsWith('++')
  const stochastic = algorithm.startsWith('sde-')
  const exactSecond = solver_type === 'heun'
  // Parity: the stochastic second moment is off by h², and multistep takes half of the second moment.
  const third: Moment = ({ exact, h }) => (exact - (stochastic && data ? h ** 2 : 0)) / (singlestep ? 1 : 2)
  // Parity: singlestep of that kind takes the first moment of the outer two of three estimates, and that exactly.
  const skipsMiddle = singlestep && !exactSecond
  return exponentialSolver(run, {
    data,
    orders: (singlestep ? groupOrders : finalOrders)(run.steps, run.config),
    tau: stochastic ? () => 1 : undefined,
    moments: { ...(!exactSecond && { 2: bh2 }), ...(!skipsMiddle && { 3: third }) },
    anchored: singlestep,
    skipsMiddle,
  })
}

type OrderOptions = Pick<Config, 'solver_order' | 'lower_order_final' | 'euler_at_final' | 'final_sigmas_type'>

/** Orders of a multistep method. Parity: lower final orders count only for fewer than 15 steps. */
export function finalOrders(steps: number, config: OrderOptions): number[] {
  const lower = config.lower_order_final && steps < 15
  const lastIsFirst = lower || config.euler_at_final || config.final_sigmas_type === 'zero'
  const limit = (k: number) => (k === steps - 1 && lastIsFirst ? 1 : k === steps - 2 && lower ? 2 : 3)
  return Array.from({ length: steps }, (_, k) => Math.min(config.solver_order, limit(k)))
}

/**
 * Orders of a singlestep method: groups of 1, 2 … order.
 * Parity: lower final orders are on where the steps do not divide into groups, whatever the option says.
 */
export function groupOrders(steps: number, config: OrderOptions): number[] {
  const order = config.solver_order
  const endsClean = config.final_sigmas_type === 'zero'
  const orders = Array.from({ length: steps }, (_, i) => (i % order) + 1)
  if (steps % order === 0 && order > 1 && (config.lower_order_final || endsClean)) {
    orders.splice(-order, order, ...(order === 3 ? [1, 2, 1] : [1, 1]))
  }
  if (endsClean) orders[steps - 1] = 1
  return orders
}
