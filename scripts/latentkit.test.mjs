import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('./latentkit.mjs', import.meta.url))

/** Runs the script with what npm gives it; always with one option that npm kept, so that it ends at once. */
function run(environment) {
  const env = { ...process.env, npm_lifecycle_event: 'upscale', npm_config_o: 'true', ...environment }
  const { status, stderr } = spawnSync(process.execPath, [script, 'upscale', 'photo.jpg'], { env, encoding: 'utf8' })
  expect(status).toBe(2)
  return stderr
}

test('options that npm kept to itself, for want of a --, are told', () => {
  // For `npm run upscale photo.jpg -o large.png --steps 8`.
  expect(run({ npm_config_steps: 'true' })).toBe(
    'latentkit: npm kept -o, --steps to itself. Put -- before the options: npm run upscale -- <picture> -o …\n',
  )
  expect(run({ npm_config_receipt: '', npm_config_message: './model', npm_config_dry_run: 'true' })).toContain(
    ' -o, -m, --no-receipt, --dry-run to itself.',
  )
})

test('no option is forgotten', () => {
  const sources = fileURLToPath(new URL('../packages/cli/src/', import.meta.url))
  const files = readdirSync(sources).filter((name) => /(-command|run-cli)\.ts$/.test(name))
  const text = files.map((name) => readFileSync(join(sources, name), 'utf8')).join('\n')
  const options = [...text.matchAll(/(?:\.option|new Option)\(\s*'(?:-\w, )?(--[\w-]+)/g)].map(([, option]) => option)
  expect(options.length).toBeGreaterThan(30)
  const names = options.map((option) => option.replace(/^--(no-)?/, '').replaceAll('-', '_'))
  const told = run(Object.fromEntries(names.map((name) => [`npm_config_${name}`, 'true'])))
  expect(told.match(/--[a-z][\w-]+/g)).toEqual(expect.arrayContaining(options))
})

test('what a file of npm’s settings says is no option of this run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latentkit-'))
  const userconfig = join(folder, 'npmrc')
  writeFileSync(userconfig, 'message = Release %s\njson\n')
  const kept = { npm_config_message: 'Release %s', npm_config_json: 'true', npm_config_dry_run: 'true' }
  expect(run({ ...kept, npm_config_userconfig: userconfig })).toContain(' -o, --dry-run to itself.')
  rmSync(folder, { recursive: true })
})
