import { ConfigError } from '@latentkit/core'
import { expect, test } from 'vitest'
import { schedulerForModel } from './scheduler-for-model.ts'

/** As the published large model has it. */
const config = { _class_name: 'DDIMScheduler', beta_schedule: 'scaled_linear', prediction_type: 'epsilon' }

test('a scheduler that cannot lead this model to a picture is refused', () => {
  const refusal = (name: string) => expect(() => schedulerForModel(name, config))
  refusal('ddim-inverse').toThrow(ConfigError)
  refusal('ddim-inverse').toThrow(
    /is "DDIMInverseScheduler"; expected a scheduler .* It goes from a picture to noise\.$/,
  )
  refusal('edm-euler').toThrow(/It has noise levels of its own/)
  expect(schedulerForModel('ddim', config).name).toBe('DDIMScheduler')
})
