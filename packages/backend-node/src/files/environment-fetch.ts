import { InvalidArgumentError } from '@latentkit/core'
import { getProxyForUrl } from 'proxy-from-env'

type Fetch = typeof globalThis.fetch

/**
 * A `fetch` that goes by the proxies of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (or the same in small letters), as
 * Python's huggingface_hub does and Node's own does not.
 * @throws InvalidArgumentError, when called, if a proxy's address is none or of another kind than http.
 */
export function createEnvironmentFetch(): Fetch {
  // Bun and Deno go by them anyway.
  const isNode = !process.versions.bun && !process.versions.deno
  const agents = new Map<string, unknown>()
  return async (url, init) => {
    const proxy = isNode ? getProxyForUrl(String(url)) : ''
    if (proxy === '') return fetch(url, init)
    // An agent works with the fetch that it comes with, not with Node's.
    const undici = await import('undici')
    if (!agents.has(proxy)) agents.set(proxy, createAgent(undici.ProxyAgent, proxy))
    return (undici.fetch as unknown as Fetch)(url, { ...init, dispatcher: agents.get(proxy) } as RequestInit)
  }
}

function createAgent(ProxyAgent: new (address: string) => unknown, proxy: string): unknown {
  try {
    return new ProxyAgent(proxy)
  } catch (cause) {
    const variables = ['https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()])
    const argument = variables.find((name) => process.env[name] && proxy.endsWith(process.env[name])) ?? 'proxy'
    const expected = `an address such as http://host:8080 (${(cause as Error).message}); NO_PROXY=* does without`
    // Not the password that may be in it.
    throw new InvalidArgumentError({ argument, value: proxy.replace(/\/\/.*@/, '//…@'), expected })
  }
}
