import { InvalidArgumentError } from '@latentkit/core'
import { namedScheduler, type Scheduler } from '@latentkit/schedulers'
import { expect, test } from 'vitest'
import { schedulerForModel } from './scheduler-for-model.ts'

/** As the published large model has it. */
const config = { _class_name: 'DDIMScheduler', beta_schedule: 'scaled_linear', prediction_type: 'epsilon' }

test('a scheduler that cannot lead this model to a picture is refused', () => {
  const refusal = (name: string) => expect(() => schedulerForModel(name, config))
  refusal('ddim-inverse').toThrow(InvalidArgumentError)
  refusal('ddim-inverse').toThrow(
    /^scheduler is "ddim-inverse"; expected a scheduler .* It goes from a picture to noise\.$/,
  )
  refusal('edm-euler').toThrow(/It has noise levels of its own/)
  const ofVelocity = { ...config, prediction_type: 'v_prediction' }
  expect(() => schedulerForModel('re-paint', ofVelocity)).toThrow(
    /^scheduler is "re-paint"; expected .*\. It needs a mask, and none can be given here\.$/,
  )
  expect(() => schedulerForModel('deis-multistep', { ...config, solver_order: 7 })).toThrow(
    /^scheduler is "deis-multistep"; expected .*\. DEISMultistepScheduler: "solver_order" is 7; expected /,
  )
  for (const name of ['ddim-inverse', 'edm-euler', 'flow-match-euler']) {
    const made = namedScheduler(name, config)
    expect(() => schedulerForModel(made, config)).toThrow(
      `scheduler is "${made.name}"; expected a scheduler that leads`,
    )
  }
  const { plan } = namedScheduler('ddim', config)
  for (const own of [{ name: 'Mine', config: {}, warnings: [], plan }, { name: 'Mine', plan } as never as Scheduler])
    expect(schedulerForModel(own, config)).toBe(own)
  expect(schedulerForModel('ddim', config).name).toBe('DDIMScheduler')
})
