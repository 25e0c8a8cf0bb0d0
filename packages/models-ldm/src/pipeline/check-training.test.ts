import { InvalidArgumentError } from '@latentkit/core'
import { namedScheduler, type Scheduler, schedulerFromConfig } from '@latentkit/schedulers'
import { expect, test } from 'vitest'
import { checkTraining } from './check-training.ts'

/** As the published large model has it. */
const ofModel = schedulerFromConfig({
  _class_name: 'DDIMScheduler',
  beta_schedule: 'scaled_linear',
  beta_start: 0.0015,
  beta_end: 0.0195,
})
const check = (scheduler: Scheduler) => checkTraining(scheduler, ofModel)

test('a scheduler made of the model’s own is taken, with options of its own, too', () => {
  expect(check(ofModel)).toEqual([])
  expect(check(namedScheduler('euler', ofModel.config, { use_karras_sigmas: true }))).toEqual([])
})

test('one whose training nobody chose is refused, with how to make it', () => {
  const bare = schedulerFromConfig({ _class_name: 'DPMSolverMultistepScheduler' })
  expect(() => check(bare)).toThrow(InvalidArgumentError)
  expect(() => check(bare)).toThrow(
    'scheduler is "DPMSolverMultistepScheduler"; expected one for the model\'s training: ' +
      '"beta_start" is 0.0001, the model\'s 0.0015; "beta_end" is 0.02, the model\'s 0.0195; ' +
      '"beta_schedule" is "linear", the model\'s "scaled_linear". ' +
      "Make it by namedScheduler('dpm-solver-multistep', pipeline.scheduler.config).",
  )
})

test('another training that somebody chose is told, as is what its configuration has of no meaning', () => {
  const config = { ...ofModel.config, prediction_type: 'v_prediction', _use_default_values: [], use_karras_sigms: true }
  expect(check(schedulerFromConfig(config))).toEqual([
    { code: 'unknown_config_key', message: '"use_karras_sigms" is not an option of DDIMScheduler and was ignored.' },
    {
      code: 'other_training',
      message:
        'DDIMScheduler is for another training than the model\'s: "prediction_type" is "v_prediction", the model\'s "epsilon".',
    },
  ])
  const betas = Array.from({ length: 1000 }, (_, i) => (i + 1) / 1e5)
  const [odd] = check(namedScheduler('ddim', ofModel.config, { trained_betas: betas }))
  expect(odd?.message).toMatch(/"trained_betas" is a list, the model's null\.$/)
})

test('a scheduler of a kind of one’s own is taken as it is', () => {
  const { plan } = ofModel
  expect(check({ name: 'Mine', config: {}, warnings: [], plan })).toEqual([])
  expect(check({ name: 'Mine', plan } as unknown as Scheduler)).toEqual([])
})
