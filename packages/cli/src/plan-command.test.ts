import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, '../dist/main.js')

function plan(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'plan', ...args], { encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

test('the small model’s own scheduler, as a table with columns that line up', () => {
  const { code, stdout } = plan('--steps', '3')
  const [title, header, ...rows] = stdout.trimEnd().split('\n')
  expect(title).toMatch(/^DDIMScheduler: 3 model evaluations, starts at /)
  expect(header).toMatch(/^stage {2}timestep {2}.*next sample$/)
  expect(rows).toHaveLength(3)
  for (const row of rows) expect(row.slice(0, header!.indexOf('next sample'))).toMatch(/ {2}$/)
  expect(code).toBe(0)
})

test('another class by name, as JSON', () => {
  const made = JSON.parse(plan('--scheduler', 'euler-ancestral', '--steps', '4', '--json').stdout)
  expect(made.scheduler).toBe('EulerAncestralDiscreteScheduler')
  expect(made.stages).toHaveLength(4)
  expect(made.stages[0].next.noise).toBeGreaterThan(0)
})

test('without options what upscale does without options', () => {
  const { steps, eta } = JSON.parse(readFileSync(modelFiles['latentkit.json']!, 'utf8'))
  const own = ['--steps', String(steps), '--eta', String(eta)]
  expect(plan().stdout).toBe(plan(...own).stdout)
  expect(plan('--scheduler', 'tcd').stdout).toBe(plan('--scheduler', 'tcd', ...own).stdout)
})

test('eta is the share of fresh noise', () => {
  const noise = (...args: string[]) => JSON.parse(plan('--steps', '2', '--json', ...args).stdout).stages[0].next.noise
  expect(noise('--eta', '0')).toBeUndefined()
  expect(noise('--eta', '0.5')).toBeCloseTo(noise('--eta', '1') / 2, 12)
})

test('a model’s own configuration', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  await mkdir(join(folder, 'scheduler'))
  const config = { _class_name: 'PNDMScheduler', skip_prk_steps: true, num_train_timesteps: 100 }
  await writeFile(join(folder, 'scheduler/scheduler_config.json'), JSON.stringify(config))
  expect(plan('--model', folder).stdout).toMatch(/^PNDMScheduler: 101 model evaluations/)
  await writeFile(join(folder, 'latentkit.json'), '{ "steps": 7 }')
  expect(plan('--model', folder).stdout).toMatch(/^PNDMScheduler: 8 model evaluations/)
  expect(plan('--model', folder, '-n', '5').stdout).toMatch(/^PNDMScheduler: 6 model evaluations/)
  await rm(folder, { recursive: true })
})

test.each([
  [['--scheduler', 'magic'], 2, /^latentkit: --scheduler is "magic"; expected one of ddim, /],
  [['--steps', 'many'], 2, /^latentkit: --steps is "many"; expected a number\.$/],
  [['--steps', '1.5'], 2, /^latentkit: --steps is 1\.5; expected a whole number/],
  [['--eta', '2'], 2, /^latentkit: --eta is 2; expected a number from 0 to 1\.$/],
  [
    ['--scheduler', 'repaint'],
    1,
    /^latentkit: RePaintScheduler: "prediction_type" is "v_prediction"; expected "epsilon"/,
  ],
])('%j is one clear line and exit code %i', (args, code, message) => {
  const outcome = plan(...args)
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr.trim()).toMatch(message)
  expect(outcome.stderr.trim().split('\n')).toHaveLength(1)
})
