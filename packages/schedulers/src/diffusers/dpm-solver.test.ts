import { expect, test } from 'vitest'
import { finalOrders, groupOrders } from './dpm-solver.ts'

const third = {
  solver_order: 3,
  lower_order_final: true,
  euler_at_final: false,
  final_sigmas_type: 'sigma_min',
} as const

test('multistep: the last two orders are lowered for fewer than 15 steps only', () => {
  expect(finalOrders(14, third).slice(-3)).toEqual([3, 2, 1])
  expect(finalOrders(15, third).slice(-3)).toEqual([3, 3, 3])
  expect(finalOrders(15, { ...third, euler_at_final: true }).slice(-3)).toEqual([3, 3, 1])
  expect(finalOrders(15, { ...third, final_sigmas_type: 'zero' }).slice(-3)).toEqual([3, 3, 1])
  expect(finalOrders(5, { ...third, lower_order_final: false })).toEqual([3, 3, 3, 3, 3])
})

test('singlestep: groups of rising order, lowered at the end', () => {
  const free = { ...third, lower_order_final: false }
  expect(groupOrders(6, free)).toEqual([1, 2, 3, 1, 2, 3])
  expect(groupOrders(6, third)).toEqual([1, 2, 3, 1, 2, 1])
  expect(groupOrders(5, third)).toEqual([1, 2, 3, 1, 2])
  expect(groupOrders(5, { ...free, final_sigmas_type: 'zero' })).toEqual([1, 2, 3, 1, 1])
  expect(groupOrders(4, { ...third, solver_order: 2 })).toEqual([1, 2, 1, 1])
})
