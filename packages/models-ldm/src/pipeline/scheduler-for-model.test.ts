import { ConfigError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { schedulerForModel } from './scheduler-for-model.ts'

/** As the published large model has it. */
const config = { _class_name: 'DDIMScheduler', beta_schedule: 'scaled_linear', prediction_type: 'epsilon' }

test('what would ask for a mask later on is refused at once', () => {
  expect(() => schedulerForModel('re-paint', config)).toThrow(ConfigError)
  expect(() => schedulerForModel('re-paint', config)).toThrow(
    /is "RePaintScheduler"; expected a scheduler .* It fills in what a mask leaves open, and no mask can be given here\.$/,
  )
  expect(schedulerForModel('ddim', config).name).toBe('DDIMScheduler')
})
