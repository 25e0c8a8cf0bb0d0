import { environmentProxy, namesProxies } from './environment-proxy.ts'

type Fetch = typeof globalThis.fetch

/**
 * A `fetch` that goes by the proxies that the environment names, which Node's own does only from 22.21 on and if told to: by
 * CONNECT, each host of a redirection by its own.
 * @throws InvalidArgumentError, when called, as `environmentProxy`.
 */
export function createEnvironmentFetch(): Fetch {
  // Bun and Deno go by them anyway.
  if (process.versions.bun || process.versions.deno || !namesProxies()) return (...request) => fetch(...request)
  let made: Promise<Fetch> | undefined
  return async (url, init) => {
    // Here its error is told as it is.
    environmentProxy(new URL(String(url)))
    made ??= importFetch()
    return (await made)(url, init)
  }
}

/** A dispatcher works with the fetch that it comes with, not with Node's. */
async function importFetch(): Promise<Fetch> {
  const { Agent, fetch, Pool, ProxyAgent } = await import('undici')
  const dispatcher = new Agent({
    factory(origin, options) {
      const proxy = environmentProxy(new URL(origin))
      return proxy === undefined ? new Pool(origin, options) : new ProxyAgent(proxy)
    },
  })
  return ((url: string, init: object) => fetch(url, { ...init, dispatcher })) as unknown as Fetch
}
