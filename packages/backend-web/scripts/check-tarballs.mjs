// Packs the packages as npm would publish them, installs them in an empty Vite project, an empty webpack project, an empty
// esbuild project and a page without a bundler, builds them, upscales and keeps a file in Chromium. Needs the network for npm, and pnpm on the path: node packages/backend-web/scripts/check-tarballs.mjs
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const packages = ['core', 'hub', 'schedulers', 'checkpoints', 'onnx-graph', 'models-ldm', 'ldm-sr-tiny', 'backend-web']

const program = `
import { createBrowserStore, createWebBackend, openModel } from '@latentkit/backend-web'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
const backend = createWebBackend({ device: 'wasm', threads: 2 })
const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
const { images } = await pipeline.upscale({ width: 8, height: 6, channels: 3, data: new Uint8Array(144).fill(90) }, { steps: 1 })
const { threads } = await backend.report()
const repository = createBrowserStore().repository('org/model')
await repository.writeRef('main', 'kept')
document.title = images[0].width + 'x' + images[0].height + ', threads: ' + threads + ', ' + await repository.readRef('main')
`
const projects = {
  vite: {
    tools: ['vite@8'],
    files: {
      'index.html': '<!doctype html><script type="module" src="./main.js"></script>',
      'main.js': program,
      'vite.config.js': "export default { worker: { format: 'es' }, build: { target: 'es2022' } }",
    },
    build: ['vite', 'build'],
  },
  webpack: {
    tools: ['webpack@5', 'webpack-cli@6'],
    files: {
      'main.js': program,
      'webpack.config.mjs':
        "export default { mode: 'production', entry: './main.js', performance: { hints: false }, experiments: { topLevelAwait: true } }",
    },
    build: ['webpack'],
    page: '<!doctype html><script type="module" src="./main.js"></script>',
  },
}

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
projects.esbuild = {
  tools: ['esbuild@0.28'],
  files: { 'main.js': program },
  commands: /```sh\n(npx esbuild .+?)```/s.exec(readme)[1],
  folder: 'public',
  page: '<!doctype html><script type="module" src="js/main.js"></script>',
}

const [importMap] = /<script type="importmap">.+?<\/script>/s.exec(readme)
projects.plain = {
  tools: [],
  files: {
    'main.js': program.replace(
      "{ device: 'wasm', threads: 2 }",
      `{
        device: 'wasm',
        threads: 2,
        createWorker: () =>
          new Worker('./node_modules/@latentkit/backend-web/dist/standalone/runtime-worker.js', { type: 'module' }),
        wasmFolder: './node_modules/onnxruntime-web/dist/',
      }`,
    ),
    'index.html': `<!doctype html>${importMap}<script type="module" src="./main.js"></script>`,
  },
  folder: '.',
}

const work = mkdtempSync(join(tmpdir(), 'latentkit-tarballs-'))
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] }).toString()
try {
  for (const name of packages) run('pnpm', ['pack', '--pack-destination', work], join(root, 'packages', name))
  const tarballs = readdirSync(work).map((name) => join(work, name))
  for (const [name, project] of Object.entries(projects)) {
    const folder = join(work, name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
    for (const [file, content] of Object.entries(project.files)) writeFileSync(join(folder, file), content)
    run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...tarballs, ...project.tools],
      folder,
    )
    if (project.build) run('npx', ['--no-install', ...project.build], folder)
    if (project.commands) run('sh', ['-ec', project.commands], folder)
    const built = join(folder, project.folder ?? 'dist')
    if (project.page) writeFileSync(join(built, 'index.html'), project.page)
    process.stdout.write(`${name}: ${await titleOf(built)}\n`)
    // On a server that does not know .mjs there are no threads, and a picture comes all the same.
    if (name === 'webpack') process.stdout.write(`${name}: ${await titleOf(built, { knowsMjs: false })}\n`)
  }
} finally {
  rmSync(work, { recursive: true })
}

/** Opens a built page and waits for what it makes of the picture. */
async function titleOf(folder, { knowsMjs = true } = {}) {
  const types = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    ...(knowsMjs && { '.mjs': 'text/javascript' }),
    '.wasm': 'application/wasm',
    '.json': 'application/json',
  }
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname
    const file = await readFile(join(folder, path === '/' ? 'index.html' : path)).catch(() => undefined)
    response.writeHead(file ? 200 : 404, {
      // Without these there is one thread, and several would never be tried.
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'content-type': types[extname(path)] ?? (path === '/' ? 'text/html' : 'application/octet-stream'),
    })
    response.end(file)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const executablePath = process.env.LATENTKIT_CHROMIUM ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] })
  try {
    const page = await browser.newPage()
    const errors = []
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    await page
      .waitForFunction(`document.title === '32x24, threads: ${knowsMjs ? 2 : 1}, kept'`, undefined, { timeout: 60_000 })
      .catch((error) => {
        throw new Error([...errors, error.message].join('\n'))
      })
    return `upscales in Chromium (${await page.title()})`
  } finally {
    await browser.close()
    server.close()
  }
}
