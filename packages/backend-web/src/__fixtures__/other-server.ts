/** A server of another origin than the page, with the built worker and the runtime, such as a content delivery network. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserCommand } from 'vitest/node'

const folders: Readonly<Record<string, string>> = {
  standalone: '../../dist/standalone/',
  onnxruntime: '../../node_modules/onnxruntime-web/dist/',
}
const servers = new Map<string, Server>()

/** Tells its address, with a slash at its end; worker and runtime lie in folders of their own. */
const startOtherServer: BrowserCommand<[]> = async () => {
  const server = createServer(async ({ url = '' }, response) => {
    const [, folder = '', name] = url.split('/')
    const file = await readFile(new URL(`${folders[folder]}${name}`, import.meta.url)).catch(() => undefined)
    response.writeHead(file ? 200 : 404, {
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'content-type': url.endsWith('.wasm') ? 'application/wasm' : 'text/javascript',
    })
    response.end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  servers.set(address, server)
  return address
}

const stopOtherServer: BrowserCommand<[address: string]> = async (_, address) => {
  servers.get(address)?.close()
  servers.delete(address)
}

export const otherServerCommands: {
  readonly startOtherServer: typeof startOtherServer
  readonly stopOtherServer: typeof stopOtherServer
} = { startOtherServer, stopOtherServer }

declare module 'vitest/browser' {
  interface BrowserCommands {
    startOtherServer(): Promise<string>
    stopOtherServer(address: string): Promise<void>
  }
}
