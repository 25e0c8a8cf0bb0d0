// Memory that hashing a weight file of 230 MB takes in Chromium: as a whole by crypto.subtle, and piece by piece by
// hashFile. Linux only: node packages/backend-web/scripts/hash-memory.mjs
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'

const megabytes = 230
const packages = new URL('../../', import.meta.url)
const imports = {
  '@latentkit/core': '/core/dist/index.js',
  '@latentkit/hub': '/hub/dist/index.js',
  'hash-wasm': '/hub/node_modules/hash-wasm/dist/index.esm.js',
}
const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script><script type="module">
import { hashFile } from '@latentkit/hub'
const folder = await navigator.storage.getDirectory()
const handle = await folder.getFileHandle('weights', { create: true })
const writer = await handle.createWritable()
for (let i = 0; i < ${megabytes}; i++) await writer.write(new Uint8Array(1e6).fill(i))
await writer.close()
const blob = await handle.getFile()
const hex = (digest) => [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const read = async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
globalThis.hashes = {
  whole: async () => hex(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())),
  pieces: () => hashFile({ name: 'weights', size: blob.size, read }),
}
document.title = 'ready'
</script>`

const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname
  const file = await readFile(fileURLToPath(new URL(`.${path}`, packages))).catch(() => undefined)
  const type = extname(path) === '.js' ? 'text/javascript' : 'text/html'
  response.writeHead(path === '/' || file ? 200 : 404, { 'content-type': type }).end(path === '/' ? page : file)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
for (const kind of ['whole', 'pieces']) {
  const executablePath = process.env.LATENTKIT_CHROMIUM ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const tab = await browser.newPage()
  await tab.goto(`http://127.0.0.1:${server.address().port}/`)
  await tab.waitForFunction("document.title === 'ready'", undefined, { timeout: 300_000 })
  const peaks = watchPeaks()
  const hash = await tab.evaluate(`hashes.${kind}()`)
  process.stdout.write(`${kind}: ${hash.slice(0, 12)}, ${(peaks() / 1e6).toFixed(0)} MB more at the most\n`)
  await browser.close()
}
server.close()

/** Sets back the peaks of this program's pages; the result tells how much the largest has grown since. */
function watchPeaks() {
  const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOurPage(pid))
  const before = pids.map((pid) => {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    return { pid, bytes: 1024 * status(pid, 'VmRSS') }
  })
  return () => Math.max(...before.map(({ pid, bytes }) => 1024 * status(pid, 'VmHWM') - bytes))
}

function isOurPage(pid) {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) return false
    let ancestor = Number(pid)
    while (ancestor > 1 && ancestor !== process.pid) ancestor = status(ancestor, 'PPid')
    return ancestor === process.pid
  } catch {
    // It has ended meanwhile.
    return false
  }
}

function status(pid, what) {
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}
