import { existsSync, readFileSync } from 'node:fs'
import { ConfigError, InvalidArgumentError } from '@latentkit/core'
import { describe, expect, test } from 'vitest'
import { readRecordings } from '../recorded-traces-fixture.ts'
import { schedulerClasses } from './classes.ts'
import { createScheduler } from './create-scheduler.ts'
import { EulerDiscreteScheduler } from './k-diffusion-schedulers.ts'
import type { SchedulerConfig } from './options.ts'
import { namedScheduler, schedulerFromConfig, shortSchedulerName } from './scheduler-from-config.ts'

interface RecordedConfigs {
  readonly source: Readonly<Record<string, unknown>>
  readonly results: Readonly<
    Record<string, { readonly config: Readonly<Record<string, unknown>>; readonly raw_json: string }>
  >
}

const recorded = readRecordings<RecordedConfigs>('_from_config')
/** What the recorded source was made with; the rest of its values were defaults. */
const chosen = ['beta_start', 'beta_end', 'beta_schedule', 'clip_sample', 'set_alpha_to_one', 'steps_offset']

describe.skipIf(recorded === undefined)("another class from DDIM's file, as the reference makes it", () => {
  for (const [name, { config }] of Object.entries(recorded?.results ?? {})) {
    test.skipIf(!(name in schedulerClasses))(name, () => {
      const source = recorded!.source
      const _use_default_values = Object.keys(source).filter((key) => !chosen.includes(key))
      const ours = schedulerFromConfig({ ...source, _use_default_values }, { _class_name: name }).config
      for (const [key, value] of Object.entries(ours).filter(([key]) => !key.startsWith('_'))) {
        const expected = config[key] === '-Infinity' ? Number.NEGATIVE_INFINITY : config[key]
        expect([key, value]).toEqual([key, expected])
      }
    })
  }
})

/** Files that a class refuses, as diffusers does: by the class that wrote the file, and the one that reads it. */
const incompatible: readonly (readonly [from: RegExp, to: RegExp, key: string])[] = [
  // DDIMInverse has no linspace.
  [/^(LMS|Euler|Heun|KDPM2|DPMSolverMulti|DEIS|UniPC|SA)/, /^DDIMInverse/, 'timestep_spacing'],
  // Each algorithm type belongs to a solver, and SA-Solver's names are its own.
  [/^SASolver/, /^(DPMSolver(Multi|Single)step|DEIS|EDMDPM)/, 'algorithm_type'],
  [/^(DPMSolver|DEIS)/, /^SASolver/, 'algorithm_type'],
  // A second order at the clean picture, where there is no λ: the file asks for it, and NaN in diffusers.
  [/^DPMSolverSinglestep/, /^UniPC/, 'stages[4].next.estimates.3'],
  // There is no lowest or highest noise without a number.
  [/^(EulerDiscrete|UniPC)/, /^(EDM|Cosine|CM)/, 'sigma_min'],
]

describe.skipIf(recorded === undefined)('a file as diffusers writes it, read by every class', () => {
  for (const [from, { raw_json }] of Object.entries(recorded?.results ?? {})) {
    const file = JSON.parse(raw_json.replaceAll('-Infinity', '"-Infinity"'))
    test(from, () => {
      for (const to of Object.keys(schedulerClasses)) {
        const plan = () => namedScheduler(to, file).plan({ steps: 5, mu: 1, jumpCount: 1 }).stages.length
        const [, , key] = incompatible.find(([writer, reader]) => writer.test(from) && reader.test(to)) ?? []
        if (key) expect(plan, to).toThrow(`"${key}" is`)
        else expect(plan(), to).toBeGreaterThanOrEqual(5)
      }
    })
  }
})

test('values written in a file are kept when the class changes', () => {
  const file = { _class_name: 'DDIMScheduler', timestep_spacing: 'trailing', prediction_type: 'v_prediction' }
  const { config } = schedulerFromConfig(file, { _class_name: 'EulerDiscreteScheduler' })
  expect(config).toMatchObject({ timestep_spacing: 'trailing', prediction_type: 'v_prediction' })
})

test('of a scheduler’s own configuration another is made as of the file that it came from', () => {
  const files = [
    { _class_name: 'DDIMScheduler', beta_start: 0.0015, beta_schedule: 'scaled_linear', use_karras_sigmas: true },
    { _class_name: 'PNDMScheduler', skip_prk_steps: true, timestep_spacing: 'trailing' },
    { _class_name: 'DDIMScheduler', timestep_spacing: 'trailing', _use_default_values: ['timestep_spacing'] },
  ]
  for (const file of files) {
    const { config } = schedulerFromConfig(file)
    for (const name of ['euler', 'ddim', 'dpm-solver-multistep', 'pndm', 'uni-pc-multistep']) {
      const [fromFile, fromConfig] = [file, config].map((given) => namedScheduler(name, given))
      expect(fromConfig!.config, name).toEqual(fromFile!.config)
      expect(fromConfig!.plan({ steps: 5 }), name).toEqual(fromFile!.plan({ steps: 5 }))
    }
    expect(schedulerFromConfig(config).config).toEqual(config)
  }
})

test('an override wins over a value that was only a default', () => {
  const file = { _class_name: 'DDIMScheduler', _use_default_values: ['timestep_spacing'], timestep_spacing: 'leading' }
  expect(schedulerFromConfig(file).config.timestep_spacing).toBe('leading')
  expect(schedulerFromConfig(file, { timestep_spacing: 'trailing' }).config.timestep_spacing).toBe('trailing')
})

test("diffusers' words for infinity are numbers", () => {
  const { config } = schedulerFromConfig({
    _class_name: 'DPMSolverMultistepScheduler',
    lambda_min_clipped: '-Infinity',
  })
  expect(config.lambda_min_clipped).toBe(Number.NEGATIVE_INFINITY)
})

test('what is not known is refused or told', () => {
  expect(() => schedulerFromConfig({})).toThrow(ConfigError)
  expect(() => schedulerFromConfig({ _class_name: 'toString' })).toThrow('"_class_name" is "toString"; expected')
  expect(schedulerFromConfig({ _class_name: 'DDIMScheduler', colour: 'red', _note: 1 }).warnings).toEqual([
    { code: 'unknown_config_key', message: '"colour" is not an option of DDIMScheduler and was ignored.' },
  ])
})

test.each(['UnCLIPScheduler', 'DDPMWuerstchenScheduler', 'KarrasVeScheduler'])(
  '%s, which diffusers has and we do not, is told apart from a name that is none',
  (_class_name) => {
    expect(() => schedulerFromConfig({ _class_name })).toThrow(ConfigError)
    expect(() => schedulerFromConfig({ _class_name })).toThrow('no plan here')
    expect(() => schedulerFromConfig({ _class_name: 'NoScheduler' })).not.toThrow('no plan here')
  },
)

test('options that exclude each other are refused', () => {
  const both = { use_karras_sigmas: true, use_beta_sigmas: true }
  expect(() => createScheduler(EulerDiscreteScheduler, both)).toThrow(
    '"use_beta_sigmas" is true; expected false, since use_karras_sigmas is true.',
  )
  const zero = { _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'dpmsolver' }
  expect(() => schedulerFromConfig(zero)).toThrow('expected "sigma_min" with algorithm_type "dpmsolver".')
})

test('one request serves every scheduler', () => {
  for (const name of Object.keys(schedulerClasses)) {
    const plan = schedulerFromConfig({ _class_name: name }).plan({ steps: 5, eta: 0, mu: 1 })
    expect(plan.stages.length, name).toBeGreaterThanOrEqual(5)
  }
})

test.each(Object.keys(schedulerClasses))('%s by its own name, its short one, or without dashes', (name) => {
  const config = { _class_name: 'DDIMScheduler', num_train_timesteps: 500 }
  const short = shortSchedulerName(name)
  for (const written of [name, short, short.toUpperCase(), short.replaceAll('-', '_'), short.replaceAll('-', '')]) {
    const scheduler = namedScheduler(written, config)
    expect(scheduler.name).toBe(name.replace('Parallel', ''))
    expect(scheduler.config.num_train_timesteps).toBe(500)
  }
})

test('short names are short, and no two classes share one', () => {
  const short = Object.keys(schedulerClasses).map(shortSchedulerName)
  expect(new Set(short).size).toBe(short.length)
  expect(
    ['EulerAncestralDiscreteScheduler', 'KDPM2DiscreteScheduler', 'DDIMScheduler'].map(shortSchedulerName),
  ).toEqual(['euler-ancestral', 'kdpm2', 'ddim'])
})

test('a name that is none is told what there is', () => {
  expect(() => namedScheduler('magic', {})).toThrow(InvalidArgumentError)
  expect(() => namedScheduler('magic', {})).toThrow(/scheduler is "magic"; expected one of .*\bddim, /)
})

test('docs/schedulers.md has a line and a plot for every class', () => {
  const docs = new URL('../../../../docs/', import.meta.url)
  const page = readFileSync(new URL('schedulers.md', docs), 'utf8')
  for (const name of Object.keys(schedulerClasses).filter((known) => !known.includes('Parallel'))) {
    const short = shortSchedulerName(name)
    expect(page).toContain(`| ${name}<br>\`${short}\` |`)
    expect(existsSync(new URL(`schedulers/${short}.svg`, docs)), short).toBe(true)
  }
})

test('an override that is undefined overrides nothing', () => {
  const file = {
    _class_name: 'DDIMScheduler',
    timestep_spacing: 'trailing',
    _use_default_values: ['clip_sample'],
    clip_sample: true,
  }
  const overrides = {
    timestep_spacing: undefined,
    clip_sample: undefined,
    _class_name: undefined,
  } as object as SchedulerConfig
  expect(schedulerFromConfig(file, overrides).config.timestep_spacing).toBe('trailing')
  // The class's own, since nobody chose it.
  const ddim = schedulerFromConfig(file, { ...overrides, _class_name: 'LCMScheduler' })
  expect(ddim.config.clip_sample).toBe(false)
})

test('a scheduler by name may have other options, too', () => {
  const file = { _class_name: 'DDIMScheduler', num_train_timesteps: 500 }
  const { config, name } = namedScheduler('euler', file, { use_karras_sigmas: true })
  expect([name, config.num_train_timesteps, config.use_karras_sigmas]).toEqual(['EulerDiscreteScheduler', 500, true])
})
