import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHubServer, type TestHub } from '@latentkit/hub/testing/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fetchNamedModel } from './open-model.ts'

const files = { 'model_index.json': '{"unet":["diffusers","UNet2DModel"]}', 'unet/config.json': '{}' }
const weights = { 'unet/diffusion_pytorch_model.bin': Buffer.alloc(200_000, 'weights ') }

let cacheDir: string
let hub: TestHub
let proxied: string[]
let refuses: boolean
const sockets = new Set<Socket>()
const proxy = createServer()
proxy.on('connect', ({ url }, client: Socket) => {
  proxied.push(url!)
  if (refuses) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  const [host, port] = url!.split(':')
  const server = connect(Number(port), host, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    server.pipe(client).pipe(server)
  })
  for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined))
})
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'latentkit-'))
  hub = await startHubServer({ 'org/model': { files: { ...files, ...weights } } })
  proxied = []
  refuses = false
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  for (const name of ['https_proxy', 'http_proxy', 'all_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'])
    vi.stubEnv(name, '')
  vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => proxy.close(resolve))
  await hub.close()
  await rm(cacheDir, { recursive: true })
})

const pull = (options: object = {}) => fetchNamedModel('org/model', { endpoint: hub.endpoint, cacheDir, ...options })

test('the proxy that the environment names is gone through, but not to hosts it leaves out', async () => {
  expect(await (await pull()).list()).toEqual(['model_index.json', 'unet/config.json', Object.keys(weights)[0]])
  expect(new Set(proxied)).toContain(new URL(hub.endpoint).host)
  const before = proxied.length
  vi.stubEnv('NO_PROXY', '127.0.0.1,localhost')
  await pull({ cacheDir: join(cacheDir, 'direct') })
  expect(proxied).toHaveLength(before)
})

test('a fetch of one’s own is left alone', async () => {
  await pull({ fetch: (...request: Parameters<typeof fetch>) => fetch(...request) })
  expect(proxied).toEqual([])
})

test('each host of a redirection has its own proxy, or none', async () => {
  // Large files lie on a second host, which the hub leads to.
  vi.stubEnv('NO_PROXY', '127.0.0.1')
  await pull()
  expect(proxied.length).toBeGreaterThan(0)
  expect(proxied.filter((host) => !host.startsWith('localhost:'))).toEqual([])
})

test('a proxy that refuses, and what is none, are told', async () => {
  refuses = true
  await expect(pull({ retry: { attempts: 1 } })).rejects.toThrow(/the connection failed: .*407/)
  vi.stubEnv('HTTP_PROXY', 'socks5://127.0.0.1:9')
  await expect(pull()).rejects.toThrow(/^HTTP_PROXY is "socks5:/)
})
