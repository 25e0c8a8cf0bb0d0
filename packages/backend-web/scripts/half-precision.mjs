// How far the small model's picture on WebGPU is from WASM's, in float32 and in float16, in any browser:
//   VK_DRIVER_FILES=lvp_icd.json node packages/backend-web/scripts/half-precision.mjs [--browser firefox-esr]
// Chromium's software adapter has no halves; Firefox takes Mesa's (lavapipe, Mesa 25 or later), named as above.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createServer } from 'vite'

const { values } = parseArgs({ options: { browser: { type: 'string', default: 'firefox-esr' } } })
let tell
const told = new Promise((resolve) => {
  tell = resolve
})
const results = {
  name: 'results',
  configureServer: (server) => {
    server.middlewares.use('/result', async (request, response) => {
      const parts = []
      for await (const part of request) parts.push(part)
      response.end()
      tell(Buffer.concat(parts).toString('utf8'))
    })
  },
}
const server = await createServer({
  root: fileURLToPath(new URL('half-precision', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true, include: [] },
  plugins: [results],
  server: {
    host: '127.0.0.1',
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
    fs: { allow: [fileURLToPath(new URL('../../..', import.meta.url))] },
  },
})
await server.listen(0)

const home = await mkdtemp(join(tmpdir(), 'latentkit-firefox-'))
const wanted = ['dom.webgpu.enabled', 'gfx.webgpu.ignore-blocklist']
await writeFile(join(home, 'user.js'), wanted.map((name) => `user_pref("${name}", true);\n`).join(''))
const options = ['--headless', '--no-remote', '--profile', home, server.resolvedUrls.local[0]]
const browser = spawn(values.browser, options, { env: { ...process.env, HOME: home }, stdio: 'ignore' })
browser.on('error', (error) => tell(`failed: ${error.message}`))
const late = setTimeout(() => tell('failed: nothing was told within ten minutes'), 600_000)

process.stdout.write('| adapter | has halves | computed in | mean difference, levels | most |\n|---|---|---|---|---|\n')
process.stdout.write(`${await told}\n`)
clearTimeout(late)
const ended = new Promise((resolve) => browser.once('close', resolve))
if (browser.kill()) await ended
await server.close()
await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
