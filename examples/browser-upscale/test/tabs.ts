/** A browser with tabs that hide each other. Playwright makes every page believe that it is in sight, so it cannot do this. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { executablePath } from './page.ts'

export interface Tab {
  /** The value of an expression, waited for; it must be plain data. */
  evaluate(expression: string): Promise<unknown>
  /** Evaluates again and again until it is true. @throws Error after two minutes, or if the browser has gone. */
  until(expression: string): Promise<void>
  close(): Promise<void>
}

export interface Tabs {
  /** Opens a tab in front of the others. */
  open(url: string): Promise<Tab>
  close(): Promise<void>
}

type Send = (method: string, params?: object, sessionId?: string) => Promise<Record<string, unknown>>

export async function openTabs(): Promise<Tabs> {
  const profile = await mkdtemp(join(tmpdir(), 'latentkit-tabs-'))
  const args = ['--headless=new', '--no-sandbox', '--no-first-run', '--disable-quic', '--disable-background-networking']
  const browser = spawn(executablePath, [...args, '--remote-debugging-pipe', `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const send = devTools(browser)
  return {
    async open(url) {
      const { targetId } = await send('Target.createTarget', { url })
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
      const evaluate = async (expression: string) => {
        const options = { expression, awaitPromise: true, returnByValue: true }
        const { result, exceptionDetails } = await send('Runtime.evaluate', options, sessionId as string)
        if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`)
        return (result as { value?: unknown }).value
      }
      return {
        evaluate,
        async until(expression) {
          const end = Date.now() + 120_000
          // While a page loads there may be nothing to ask yet.
          while (!(await evaluate(expression).catch(() => false))) {
            if (gone(browser)) throw new Error('The browser has gone.')
            if (Date.now() > end) throw new Error(`It did not come true in two minutes: ${expression}`)
            await new Promise((next) => setTimeout(next, 100))
          }
        },
        close: async () => void (await send('Target.closeTarget', { targetId })),
      }
    },
    async close() {
      if (!gone(browser)) {
        const ended = new Promise((resolve) => browser.on('exit', resolve))
        // It may be gone before it answers.
        await send('Browser.close').catch(() => undefined)
        await ended
      }
      await rm(profile, { recursive: true, force: true })
    },
  }
}

function gone({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** The browser's own protocol over its pipes: messages of JSON, each with a zero behind it. */
function devTools(browser: ChildProcess): Send {
  const { stdio } = browser
  const [requests, answers] = [stdio[3] as Writable, stdio[4] as Readable]
  const waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>()
  let received = ''
  answers.setEncoding('utf8').on('data', (text: string) => {
    const messages = (received + text).split('\0')
    received = messages.pop()!
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      if (error) waiting.get(id)?.reject(new Error(error.message))
      else waiting.get(id)?.resolve(result)
      waiting.delete(id)
    }
  })
  // A pipe that breaks is told by the browser's end.
  requests.on('error', () => undefined)
  browser.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('The browser has gone.'))
    waiting.clear()
  })
  let sent = 0
  return (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      if (gone(browser)) return reject(new Error('The browser has gone.'))
      waiting.set(++sent, { resolve, reject })
      requests.write(`${JSON.stringify({ id: sent, method, params, sessionId })}\0`)
    })
}
