// Makes the repository ready: installs the dependencies and builds the packages, if that has not been done yet.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const pnpmVersion = '12.21.0'
const stamp = join(root, 'node_modules', '.latentkit-built')

/** Runs pnpm with the version that the lock file was made with; it need not be installed. */
export function pnpm(...args) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 10)) fail(`Node 20.10 or newer is needed; this is ${process.version}.`)
  const env = {
    ...process.env,
    npm_config_loglevel: 'error',
    // onnxruntime-node's install script would download CUDA libraries.
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    TURBO_TELEMETRY_DISABLED: '1',
  }
  const { status } = spawnSync('npx', ['-y', `pnpm@${pnpmVersion}`, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) fail(`"pnpm ${args.join(' ')}" failed; see above.`)
}

/** Installs and builds what is out of date. What the tools say goes to standard error. */
export function setUp() {
  const lock = changed(join(root, 'pnpm-lock.yaml'))
  const installed = changed(join(root, 'node_modules', '.modules.yaml'))
  const built = changed(stamp)
  if (installed < lock || built < lock) {
    process.stderr.write('Installing dependencies (once) …\n')
    pnpm('install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn')
    touch(join(root, 'node_modules', '.modules.yaml'))
  }
  if (built < newestSource()) {
    process.stderr.write('Building the packages …\n')
    pnpm('exec', 'turbo', 'run', 'build', '--filter=./packages/*', '--output-logs=errors-only')
    writeFileSync(stamp, '')
  }
}

function newestSource() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  const files = packages.flatMap((folder) => [join(folder, 'package.json'), ...filesBelow(join(folder, 'src'))])
  return Math.max(changed(join(root, 'pnpm-lock.yaml')), ...files.map(changed))
}

function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name))
}

function changed(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0
}

function touch(path) {
  const now = new Date()
  utimesSync(path, now, now)
}

function fail(message) {
  process.stderr.write(`latentkit: ${message}\n`)
  process.exit(1)
}

// The folder may have been entered through a link.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) setUp()
