import { expect, test } from 'vitest'
import { noiseToSignal } from '../noise-level.ts'
import { createScheduler } from './create-scheduler.ts'
import { UniPCMultistepScheduler } from './dpm-solver-schedulers.ts'
import type { SchedulerConfig } from './options.ts'

const levels = (options: SchedulerConfig) =>
  createScheduler(UniPCMultistepScheduler, options)
    .plan({ steps: 8 })
    .stages.map(({ level }) => level)

test.each(['use_karras_sigmas', 'use_exponential_sigmas', 'use_beta_sigmas'])(
  '%s of UniPC between given ends',
  (spacing) => {
    const sigmas = levels({ [spacing]: true, sigma_min: 0.05, sigma_max: 12 }).map(noiseToSignal)
    expect(sigmas[0]).toBeCloseTo(12, 5)
    expect(sigmas.at(-1)).toBeCloseTo(0.05, 6)
  },
)

test("the sigmas of UniPC's flow are stretched to end at shift_terminal", () => {
  const flow = { use_flow_sigmas: true, prediction_type: 'flow_prediction', flow_shift: 3 } as const
  const [plain, stretched] = [levels(flow), levels({ ...flow, shift_terminal: 0.1 })]
  expect(stretched.at(-1)!.sigma).toBeCloseTo(0.1, 6)
  const scale = stretched.at(-1)!.alpha / plain.at(-1)!.alpha
  for (const [k, { alpha }] of plain.slice(1).entries()) expect(stretched[k + 1]!.alpha).toBeCloseTo(alpha * scale, 6)
  expect(() => levels({ shift_terminal: 0.1 })).toThrow(
    '"shift_terminal" is 0.1; expected null without use_flow_sigmas',
  )
})
