// npm run upscale -- <picture>, npm run latentkit -- <command>: sets the repository up if needed, then runs the command line
// from where npm was called.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root, setUp } from './setup.mjs'

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

/** Without the `--`, npm keeps options to itself and passes on their values as if they were pictures. */
function refuseKeptOptions() {
  const long =
    'output steps seed eta samples scheduler model scale width height format device tile resume skip-existing'
  const kept = ['-o', ...long.split(' ').map((name) => `--${name}`)].filter(
    (option) => process.env[`npm_config_${option.replace(/^-+/, '').replaceAll('-', '_')}`] !== undefined,
  )
  if (kept.length === 0) return
  const script = process.env.npm_lifecycle_event ?? 'upscale'
  process.stderr.write(
    `latentkit: npm kept ${kept.join(', ')} to itself. Put -- before the options: npm run ${script} -- <picture> ${kept[0]} …\n`,
  )
  process.exit(2)
}
