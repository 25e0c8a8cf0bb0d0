// npm run upscale -- <picture>, npm run latentkit -- <command>: sets the repository up if needed, then runs the command line
// from where npm was called.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, setUp } from './setup.mjs'

/** Options of the commands; -m is npm's --message. */
const long =
  'output steps seed eta samples scheduler model variant revision colour back-projection scale width height megapixels ' +
  'format quality profile max-pixels allow-truncated device memory tile convolutions precision resume skip-existing ' +
  'dry-run json debug input cache-dir endpoint remove-wrong'
/** By npm's names. */
const keptAs = {
  ...{ o: '-o', message: '-m', receipt: '--no-receipt' },
  ...Object.fromEntries(long.split(' ').map((name) => [name, `--${name}`])),
}

refuseKeptOptions()
setUp()
const cli = join(root, 'packages', 'cli', 'dist', 'main.js')
const child = spawn(process.execPath, [cli, ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: 'inherit',
})
// Ctrl-C reaches the child by itself; this process waits for how it ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0)
})

/**
 * Without the `--`, npm keeps options to itself and passes on their values as if they were pictures. Not caught are -d, -f,
 * -i, -n, -s and --format, which npm takes for options of its own: they leave no trace, or none that an ordinary run cannot have.
 */
function refuseKeptOptions() {
  const kept = Object.entries(keptAs).filter(([name]) => {
    return process.env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined && !isSetting(name)
  })
  if (kept.length === 0) return
  const options = kept.map(([, option]) => option)
  const script = process.env.npm_lifecycle_event ?? 'upscale'
  process.stderr.write(
    `latentkit: npm kept ${options.join(', ')} to itself. Put -- before the options: npm run ${script} -- <picture> ${options[0]} …\n`,
  )
  process.exit(2)
}

/** Whether npm says so in every run, since a file of its settings does. */
function isSetting(name) {
  const { npm_config_userconfig: user, npm_config_globalconfig: all } = process.env
  const line = new RegExp(`^\\s*${name}\\s*(=|$)`, 'm')
  return [user, all, join(root, '.npmrc')].some(
    (file) => existsSync(file ?? '') && line.test(readFileSync(file, 'utf8')),
  )
}
