import { createTorchGenerator, LatentkitError, type Tensor } from '@latentkit/core'
import { relativeDifference } from '@latentkit/core/testing'
import { describe, expect, test } from 'vitest'
import {
  fakeModel,
  type RecordedTrace,
  readRecordings,
  recordedNoise,
  requestOf,
  sigmaOf,
  tolerance,
  unstack,
  values,
  worstStep,
} from '../recorded-traces-fixture.ts'
import { sample, startFromNoise, startFromPicture } from '../sampler.ts'
import { schedulerClasses } from './classes.ts'
import { schedulerFromConfig } from './scheduler-from-config.ts'

/** Classes whose recordings have a loop of their own, tested elsewhere. */
const ownLoop = ['RePaintScheduler']

test('there is a recording of every class', () => {
  const names = new Set(Object.values(schedulerClasses).map(({ name }) => name))
  for (const name of names) expect(readRecordings(name)?.traces.length, name).toBeGreaterThan(0)
})

for (const name of Object.keys(schedulerClasses)) {
  if (ownLoop.includes(name)) continue
  const recordings = readRecordings(name)
  describe.skipIf(recordings === undefined)(name, () => {
    for (const trace of recordings?.traces ?? []) {
      const reason = unmatched[`${name} ${trace.name}`]
      if (reason) test.skip(`${trace.name}: ${reason}`)
      else if (trace.error !== undefined) {
        test(`${trace.name}: refused, as ${trace.error}`, () => refuses(name, trace))
      } else if (trace.non_finite_from_step !== undefined) {
        test(`${trace.name}: the reference gives NaN, ours refuses or is finite`, () =>
          refusesOrStaysFinite(name, trace))
      } else {
        test(trace.name, () => agrees(trace))
      }
    }
  })
}

/** Recordings that are not matched, and why. */
const unmatched: Readonly<Record<string, string>> = {
  'LMSDiscreteScheduler img2img_begin3': 'the reference weighs slopes it does not have; ours starts with order 1',
  'PNDMScheduler img2img_begin3': 'the reference mixes up the timesteps of its Runge–Kutta steps; ours starts anew',
}

/** Recordings whose reported estimate of the clean sample is something else than ours; all else is compared. */
const otherEstimate: Readonly<Record<string, string>> = {
  // At step 275 every value nearly cancels (at most 0.013, from terms near 3): the last bit is a large share of it.
  'DDIMScheduler ldm_sr_1000_steps_timesteps': 'it cancels',
  'EulerDiscreteScheduler churn': 'it includes noise that is drawn after the model is asked',
  'EulerDiscreteScheduler churn_karras': 'it includes noise that is drawn after the model is asked',
  'EDMEulerScheduler churn': 'it includes noise that is drawn after the model is asked',
}

/** What a refusal names, by the recording that the reference refuses. */
const refusals: readonly (readonly [trace: RegExp, message: RegExp])[] = [
  [/^(too_many|ldm_sr_\d_step)/, /^steps is \d+; expected a whole number from/],
  [/^custom_timesteps_bad$/, /^timesteps is /],
  [/^dynamic_without_mu$/, /^mu is undefined/],
  [/^sd_linspace$/, /"timestep_spacing" is "linspace"/],
  [/^dpmsolver_final_zero$/, /"final_sigmas_type" is "zero"/],
  [/^sde-dpmsolver_/, /"algorithm_type" is "sde-dpmsolver"/],
  [/sample_prediction$/, /"prediction_type" is "sample"/],
  [/^p1_c0$/, /"corrector_order" is 0/],
]

function refuses(name: string, trace: RecordedTrace): void {
  let thrown: unknown
  try {
    schedulerFromConfig({ _class_name: name, ...trace.config_args }).plan(requestOf(trace))
  } catch (error) {
    thrown = error
  }
  expect(LatentkitError.isInstance(thrown), String(thrown)).toBe(true)
  expect(String(thrown).replace(/^\w+: /, '')).toMatch(refusals.find(([traces]) => traces.test(trace.name))![1])
}

/** Where the reference ends in NaN, a plan either says so or goes on with finite numbers. */
function refusesOrStaysFinite(name: string, trace: RecordedTrace): void {
  try {
    const plan = schedulerFromConfig({ _class_name: name, ...trace.config_args }).plan(requestOf(trace))
    expect(JSON.stringify(plan)).not.toContain('null')
  } catch (error) {
    expect(LatentkitError.isInstance(error, 'config'), String(error)).toBe(true)
  }
}

async function agrees(trace: RecordedTrace): Promise<void> {
  const scheduler = schedulerFromConfig(trace.config!)
  const plan = scheduler.plan(requestOf(trace))
  const begin = trace.begin_index ?? 0

  const timesteps = plan.stages.map((stage) => stage.timestep)
  const exact = trace.timesteps_dtype === 'int64'
  expect(timesteps).toHaveLength(trace.timesteps.length - begin)
  const drift = timesteps.map((t, k) => Math.abs(t - trace.timesteps[begin + k]!))
  expect(Math.max(...drift)).toBeLessThanOrEqual(exact ? 0 : 2e-4)

  if (trace.sigmas !== undefined && trace.order === 1) {
    const flow = trace.config!.prediction_type === 'flow_prediction' || /^Flow/.test(scheduler.name)
    const recorded = values(trace.sigmas).data.subarray(begin, begin + plan.stages.length)
    expect(
      relativeDifference(
        plan.stages.map((stage) => sigmaOf(stage, flow)),
        recorded,
      ),
    ).toBeLessThan(2e-6)
  }

  const initial = values(trace.initial_sample)
  if (trace.original !== undefined && trace.noise !== undefined) {
    const made = startFromPicture(plan, values(trace.original), values(trace.noise))
    expect(relativeDifference(made.data, initial.data)).toBeLessThan(1e-6)
  } else {
    const drawn = createTorchGenerator(BigInt(trace.init_seed)).randn(initial.shape)
    expect(relativeDifference(startFromNoise(plan, drawn).data, initial.data)).toBeLessThan(2e-6)
  }

  const noise = recordedNoise(trace)
  const scaled: Tensor<'float32'>[] = []
  const samples: Tensor<'float32'>[] = []
  const denoised: Tensor<'float32'>[] = []
  const model = (latents: Tensor<'float32'>) => {
    scaled.push(latents)
    return fakeModel(latents, scaled.length - 1, trace)
  }
  for await (const step of sample(plan, { initial, model, noise })) {
    samples.push(step.sample)
    denoised.push(step.denoised)
  }
  expect(noise.left(), 'draws left over').toBe(0)
  const at = (what: string, actual: Tensor<'float32'>[], recorded: typeof trace.prev_sample, key: string) => {
    const { worst, step } = worstStep(actual, unstack(recorded))
    expect(worst, `${what} at step ${step}`).toBeLessThanOrEqual(tolerance(trace, key))
  }
  at('sample', samples, trace.prev_sample, 'prev_sample')
  if (trace.scaled) at('scaled', scaled, trace.scaled, 'prev_sample')
  // The estimate that LCM reports is that after its boundary condition: the sample itself, after the last step.
  if (scheduler.name === 'LCMScheduler' || `${scheduler.name} ${trace.name}` in otherEstimate) return
  if (trace.pred_original_sample) at('denoised', denoised, trace.pred_original_sample, 'pred_original_sample')
}
