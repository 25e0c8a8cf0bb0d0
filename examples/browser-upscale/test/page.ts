import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { build, type PreviewServer, preview } from 'vite'

/** Chromium's program. */
export const executablePath: string = process.env.LATENTKIT_CHROMIUM ?? '/usr/bin/chromium'
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const root = fileURLToPath(new URL('..', import.meta.url))

/** False where no Chromium is installed; tests then skip. */
export const hasChromium: boolean = existsSync(executablePath)

/** The built page on a server of its own, and a browser to look at it. */
export interface Site {
  readonly url: string
  readonly browser: Browser
  /** A fresh visitor. Every message on the page's console that is an error fails the test through `problems`. */
  visit(options?: BrowserContextOptions): Promise<{ page: Page; problems: string[] }>
  /** The page's server goes away; the browser stays. */
  stopServer(): Promise<void>
  close(): Promise<void>
}

export interface SiteOptions {
  /** True for WebGPU on the software adapter, which is slow. */
  readonly gpu?: boolean
  /** Where the large model comes from, on this machine. */
  readonly hub?: string
}

export async function openSite({ gpu = false, hub }: SiteOptions = {}): Promise<Site> {
  // Vitest says "test", which would build the page as for development, without its service worker.
  process.env.NODE_ENV = 'production'
  if (hub) {
    process.env.VITE_HUB_ENDPOINT = hub
    process.env.HUB_HOSTS = 'http://127.0.0.1:* http://localhost:*'
  }
  const outDir = await mkdtemp(join(tmpdir(), 'latentkit-page-'))
  await build({ root, logLevel: 'error', build: { outDir, emptyOutDir: true } })
  delete process.env.VITE_HUB_ENDPOINT
  delete process.env.HUB_HOSTS
  const server: PreviewServer = await preview({
    root,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  })
  const url = server.resolvedUrls!.local[0]!
  const args = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync']
  const browser = await chromium.launch({ executablePath, args: gpu ? [...args, '--enable-unsafe-webgpu'] : args })
  let stopped = false
  const stopServer = async () => {
    if (!stopped) await server.close()
    stopped = true
  }
  return {
    url,
    browser,
    async visit(options) {
      const context = await browser.newContext(options)
      // Generous: a machine may have two cores and other work to do.
      context.setDefaultTimeout(120_000)
      const page = await context.newPage()
      const problems: string[] = []
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('request', (request) => {
        const { protocol, origin } = new URL(request.url())
        const allowed = [new URL(url).origin, ...(hub ? [hub] : [])]
        if (protocol.startsWith('http') && !allowed.includes(origin)) problems.push(`asked ${request.url()}`)
      })
      await page.goto(url)
      return { page, problems }
    },
    stopServer,
    async close() {
      await browser.close()
      await stopServer()
      await rm(outDir, { recursive: true })
    },
  }
}

/** Findings of axe that keep people out. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // By evaluation, since the page's own rules allow no other scripts.
  await page.evaluate(await readFile(axe, 'utf8'))
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[]
  }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
