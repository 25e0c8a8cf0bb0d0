import { expect, test } from 'vitest'
import type { PlanRequest } from '../scheduler.ts'
import { createScheduler, type SchedulerClass } from './create-scheduler.ts'
import { LCMScheduler, TCDScheduler } from './distilled-schedulers.ts'

test('strength keeps the cleaner part, of the distilled schedule or of given timesteps', () => {
  const timesteps = (request: object) =>
    createScheduler(LCMScheduler)
      .plan(request)
      .stages.map((stage) => stage.timestep)
  expect(timesteps({ steps: 4 })).toEqual([999, 759, 499, 259])
  expect(timesteps({ steps: 4, strength: 0.5 })).toEqual([499, 379, 259, 139])
  expect(timesteps({ timesteps: [999, 759, 499, 259], strength: 0.5 })).toEqual([499, 259])
  expect(() => timesteps({ steps: 1, strength: 0.01 })).toThrow('strength is 0.01; expected at least 0.02.')
  expect(() => timesteps({ timesteps: [9, 5], strength: 0.1 })).toThrow('strength')
})

test('gamma of TCD decides whether noise is drawn; the last step never does', () => {
  const draws = (eta: number) =>
    createScheduler(TCDScheduler)
      .plan({ steps: 3, eta })
      .stages.map((stage) => stage.next.noise !== undefined)
  expect(draws(0)).toEqual([false, false, false])
  expect(draws(0.3)).toEqual([true, true, false])
})

test('Parity: TCD chooses from all timesteps of training where it is told originalSteps', () => {
  const told = (scheduler: SchedulerClass, request: PlanRequest) =>
    createScheduler(scheduler)
      .plan(request)
      .stages.map(({ timestep }) => timestep)
  expect(told(TCDScheduler, { steps: 4 })).toEqual([999, 759, 499, 259])
  expect(told(TCDScheduler, { steps: 4, originalSteps: 50 })).toEqual([999, 749, 499, 249])
  expect(told(LCMScheduler, { steps: 4, originalSteps: 50 })).toEqual([999, 759, 499, 259])
  expect(told(TCDScheduler, { steps: 4, originalSteps: 50, strength: 0.01 })).toEqual([9, 7, 4, 2])
  expect(() => told(TCDScheduler, { steps: 30, originalSteps: 50, strength: 0.02 })).toThrow('from 1 to 20')
})
