import type { Config } from './options.ts'

/** Orders of a multistep method. Parity: lower final orders count only for fewer than 15 steps. */
export function finalOrders(
  steps: number,
  config: Pick<Config, 'solver_order' | 'lower_order_final' | 'euler_at_final' | 'final_sigmas_type'>,
): number[] {
  const lower = config.lower_order_final && steps < 15
  const lastIsFirst = lower || config.euler_at_final || config.final_sigmas_type === 'zero'
  const limit = (k: number) => (k === steps - 1 && lastIsFirst ? 1 : k === steps - 2 && lower ? 2 : 3)
  return Array.from({ length: steps }, (_, k) => Math.min(config.solver_order, limit(k)))
}

/**
 * Orders of a singlestep method: groups of 1, 2 … order.
 * Parity: lower final orders are on where the steps do not divide into groups, whatever the option says.
 */
export function groupOrders(
  steps: number,
  config: Pick<Config, 'solver_order' | 'lower_order_final' | 'final_sigmas_type'>,
): number[] {
  const order = config.solver_order
  const endsClean = config.final_sigmas_type === 'zero'
  const orders = Array.from({ length: steps }, (_, i) => (i % order) + 1)
  if (steps % order === 0 && order > 1 && (config.lower_order_final || endsClean)) {
    orders.splice(-order, order, ...(order === 3 ? [1, 2, 1] : [1, 1]))
  }
  if (endsClean) orders[steps - 1] = 1
  return orders
}

/** One order on each of `count` intervals, not more than there are intervals left if lower orders are wanted at the end. */
export function endLower(config: Pick<Config, 'lower_order_final'>, order: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => (config.lower_order_final ? Math.min(order, count - k) : order))
}
