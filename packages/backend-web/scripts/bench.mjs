// Times a model in Chromium against backend-node's CPU, in turn, and prints medians and ratios:
//   node packages/backend-web/scripts/bench.mjs [--side 64] [--steps 8] [--rounds 3] [--webgpu] [--model folder]
// The small model, unless told another's folder in diffusers layout; the one of full size with random weights is made by
// `pnpm --filter @latentkit-private/bench full-size`.
// WebGPU on a software adapter is very slow: ask for it by --webgpu, with a small side.
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { chromium } from 'playwright'
import { createServer } from 'vite'
import { measure } from './bench/measure.mjs'

const { values } = parseArgs({
  options: {
    side: { type: 'string', default: '64' },
    steps: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    webgpu: { type: 'boolean', default: false },
    model: { type: 'string' },
  },
})
const [side, steps, rounds] = [values.side, values.steps, values.rounds].map(Number)
const size = { side, steps }
const cores = cpus().length
const folder = values.model && resolve(values.model)
const opened = await openModel(folder ?? modelFiles)
/** Where the page fetches the files; undefined for the small model, which it knows. */
const addresses = folder && Object.fromEntries((await opened.list()).map((path) => [path, `/@fs${folder}/${path}`]))

const server = await createServer({
  root: fileURLToPath(new URL('bench', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true, include: [] },
  server: {
    host: '127.0.0.1',
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
    fs: { allow: [fileURLToPath(new URL('../../..', import.meta.url)), ...(folder ? [folder] : [])] },
  },
})
await server.listen(0)
const browser = await chromium.launch({
  executablePath: process.env.LATENTKIT_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--enable-unsafe-webgpu'],
})
/** Each time in a browser window of its own: a second runtime in the same page was slower than the first. */
const inPage = (options, convolutions) => async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(server.resolvedUrls.local[0])
  await page.waitForFunction("document.title === 'ready'")
  const given = [options, { ...size, convolutions }, addresses]
  const times = await page.evaluate(([o, s, a]) => globalThis.measure(o, s, a), given)
  await context.close()
  return times
}
const oneThread = { device: 'wasm', threads: 1 }

const kinds = {
  'Node CPU': () => measure({ backend: createNodeBackend(), files: opened }, size),
  'WASM, 1 thread': inPage(oneThread),
  // The small model has no layer wide enough for it.
  ...(folder && { 'WASM, 1 thread, Winograd': inPage(oneThread, 'winograd') }),
  [`WASM, ${cores} threads`]: inPage({ device: 'wasm', threads: cores }),
  ...(values.webgpu ? { WebGPU: inPage({ device: 'webgpu' }) } : {}),
}
const results = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
try {
  for (let round = 0; round < rounds; round++) {
    for (const [kind, run] of Object.entries(kinds)) results[kind].push(await run())
  }
} finally {
  await browser.close()
  await server.close()
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]
const of = (kind, key) => median(results[kind].map((result) => result[key]))
process.stdout.write(
  `${side}×${side} → ${4 * side}×${4 * side}, ${steps} steps, medians of ${rounds} rounds in turn (ms)\n`,
)
process.stdout.write(
  '| | load | first step | median step | decode | step against Node | outside the runtime | WASM memory | page heap |\n|---|---|---|---|---|---|---|---|---|\n',
)
for (const kind of Object.keys(kinds)) {
  const times = ['load', 'firstStep', 'medianStep', 'decode'].map((key) => Math.round(of(kind, key)))
  const ratio = (of(kind, 'medianStep') / of('Node CPU', 'medianStep')).toFixed(2)
  const outside = `${(100 * of(kind, 'outsideShare')).toFixed(1)} %`
  const memory = ['wasmMemory', 'pageHeap'].map((key) => {
    const peak = Math.max(...results[kind].map((result) => result[key] ?? 0))
    return peak > 0 ? `${Math.round(peak / 2 ** 20)} MiB` : '–'
  })
  process.stdout.write(`| ${[kind, ...times, ratio, outside, ...memory].join(' | ')} |\n`)
}
