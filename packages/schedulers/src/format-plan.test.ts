import { expect, test } from 'vitest'
import { schedulerFromConfig } from './diffusers/scheduler-from-config.ts'
import { formatPlan } from './format-plan.ts'

test('a plan as a table', () => {
  const plan = schedulerFromConfig({ _class_name: 'EulerDiscreteScheduler' }).plan({ steps: 3 })
  expect(formatPlan(plan)).toBe(
    [
      'EulerDiscreteScheduler: 3 model evaluations, starts at 1 · picture + 157.407 · noise',
      'stage  timestep  alpha      sigma     input ×  next sample',
      '    0       999      1    157.407  0.00635282  0.0218132·x0 + 0.978187·d',
      '    1     499.5      1    3.43355    0.279626  0.00291282·x1 + 0.997087·d',
      '    2         0      1  0.0100013     0.99995  1·d',
    ].join('\n'),
  )
})

test('what is odd stands out', () => {
  const offset = schedulerFromConfig({ _class_name: 'DDIMScheduler', steps_offset: 1, clip_sample: true })
  const text = formatPlan(offset.plan({ steps: 600, eta: 1 }))
  expect(text).toContain('! 600 steps of leading spacing begin at timestep 600')
  expect(text).toContain('filter {"kind":"clip","range":1}')
  const corrected = schedulerFromConfig({ _class_name: 'UniPCMultistepScheduler' }).plan({ steps: 3 })
  expect(formatPlan(corrected)).toContain('after x1 ← ')
  const learned = schedulerFromConfig({ _class_name: 'DDPMScheduler', variance_type: 'learned_range' })
  expect(formatPlan(learned.plan({ steps: 3 }))).toMatch(/ε, with learned noise$/m)
  const repaint = formatPlan(schedulerFromConfig({ _class_name: 'RePaintScheduler' }).plan({ steps: 20, jumpCount: 2 }))
  expect(repaint).toMatch(/, keeping what is known$/m)
  expect(repaint).toMatch(/, keeping what is known, then 500 steps back to noise$/m)
  const subtracted = schedulerFromConfig({ _class_name: 'DPMSolverMultistepScheduler' }).plan({ steps: 3 })
  expect(formatPlan(subtracted)).toContain('0.830026·x1 − 0.158955·m0 + 0.636432·m1')
})
