/** A hub on this machine that tests in the browser start, watch and let misbehave. */
import { randomBytes } from 'node:crypto'
import type { BrowserCommand } from 'vitest/node'

export interface SeenByHub {
  readonly host: string
  readonly method: string
  readonly path: string
  readonly range?: string | undefined
}

/** What goes wrong, with files whose path ends so, and how often; see `Fault` of `@latentkit/hub/testing/server`. */
export interface Misbehaviour {
  readonly fault: { readonly type: string } & Readonly<Record<string, unknown>>
  readonly path: string
  readonly times: number
}

type Server = Awaited<ReturnType<typeof import('@latentkit/hub/testing/server').startHubServer>>
const servers = new Map<string, Server>()

const part = (name: string) => ['diffusers', name]
const index = {
  _class_name: 'LDMSuperResolutionPipeline',
  scheduler: part('DDIMScheduler'),
  unet: part('UNet2DModel'),
  vqvae: part('VQModel'),
}

/** Starts a hub with the model `org/model`, whose weights are 3 MiB and 1 MiB of noise. */
const startHub: BrowserCommand<[]> = async () => {
  const { startHubServer } = await import('@latentkit/hub/testing/server')
  const files = {
    'README.md': 'a model',
    'model_index.json': JSON.stringify(index),
    'scheduler/scheduler_config.json': '{"_class_name":"DDIMScheduler"}',
    'unet/config.json': '{"_class_name":"UNet2DModel"}',
    'unet/diffusion_pytorch_model.bin': new Uint8Array(randomBytes(3 * 2 ** 20)),
    'vqvae/config.json': '{"_class_name":"VQModel"}',
    'vqvae/diffusion_pytorch_model.bin': new Uint8Array(randomBytes(2 ** 20 + 1)),
  }
  const server = await startHubServer({ 'org/model': { files } })
  servers.set(server.endpoint, server)
  return server.endpoint
}

const letHubMisbehave: BrowserCommand<[endpoint: string, what: Misbehaviour]> = async (_, endpoint, what) => {
  let left = what.times
  servers.get(endpoint)!.fault = ({ path }) => (path.endsWith(what.path) && left-- > 0 ? (what.fault as never) : undefined)
}

/** What was asked since the last time this was. */
const seenByHub: BrowserCommand<[endpoint: string]> = async (_, endpoint) =>
  servers.get(endpoint)!.requests.splice(0).map(({ host, method, path, range }) => ({ host, method, path, range }))

const stopHub: BrowserCommand<[endpoint: string]> = async (_, endpoint) => {
  await servers.get(endpoint)?.close()
  servers.delete(endpoint)
}

export const hubCommands: {
  readonly startHub: typeof startHub
  readonly letHubMisbehave: typeof letHubMisbehave
  readonly seenByHub: typeof seenByHub
  readonly stopHub: typeof stopHub
} = { startHub, letHubMisbehave, seenByHub, stopHub }

declare module 'vitest/browser' {
  interface BrowserCommands {
    startHub(): Promise<string>
    letHubMisbehave(endpoint: string, what: Misbehaviour): Promise<void>
    seenByHub(endpoint: string): Promise<readonly SeenByHub[]>
    stopHub(endpoint: string): Promise<void>
  }
}
