import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { build, type PreviewServer, preview } from 'vite'

const executablePath = process.env.LATENTKIT_CHROMIUM ?? '/usr/bin/chromium'
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

/** @param gpu true for WebGPU on the software adapter, which is slow. */
export async function openSite({ gpu = false }: { readonly gpu?: boolean } = {}): Promise<Site> {
  // Vitest says "test", which would build the page as for development, without its service worker.
  process.env.NODE_ENV = 'production'
  await build({ root, logLevel: 'error' })
  const server: PreviewServer = await preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } })
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
      const page = await context.newPage()
      const problems: string[] = []
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('request', (request) => {
        const { protocol, origin } = new URL(request.url())
        if (protocol.startsWith('http') && origin !== new URL(url).origin) problems.push(`asked ${request.url()}`)
      })
      await page.goto(url)
      return { page, problems }
    },
    stopServer,
    async close() {
      await browser.close()
      await stopServer()
    },
  }
}
