import { BlockList, isIP } from 'node:net'
import { InvalidArgumentError } from '@latentkit/core'

const names = ['https_proxy', 'http_proxy', 'all_proxy'] as const

/** Whether the environment names a proxy for anything. */
export function namesProxies(): boolean {
  return names.some((name) => read(name) !== undefined)
}

/**
 * The proxy for an address as `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say it, or the same in small letters, which
 * count first; undefined if there is none.
 * @throws InvalidArgumentError if what they name is no address of a proxy of http.
 */
export function environmentProxy(url: URL): string | undefined {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy'
  const found = read(name) ?? read('all_proxy')
  if (!found || isLeftOut(url, read('no_proxy')?.value ?? '')) return undefined
  // As elsewhere, a host and a port alone are meant so.
  const proxy = found.value.includes('://') ? found.value : `http://${found.value}`
  if (isProxy(proxy)) return proxy
  // Not the password that may be in it.
  const value = found.value.replace(/^([^/]*:\/\/)?.*@/, '$1…@')
  const expected = 'the address of a proxy of http, such as http://host:8080; NO_PROXY=* does without'
  throw new InvalidArgumentError({ argument: found.name, value, expected })
}

function isProxy(address: string): boolean {
  try {
    const { protocol, username, password } = new URL(address)
    // They are sent as they are meant, not as they are written.
    for (const part of [username, password]) decodeURIComponent(part)
    return protocol === 'http:' || protocol === 'https:'
  } catch {
    return false
  }
}

function read(name: string): { readonly name: string; readonly value: string } | undefined {
  const found = [name, name.toUpperCase()].find((variable) => process.env[variable])
  return found === undefined ? undefined : { name: found, value: process.env[found]! }
}

/** Whether one of a list's hosts is meant: by its name or that of its domain, by its number or that of its network. */
function isLeftOut({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(host)
  return list
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      if (entry === '' || entry === '*') return entry === '*'
      const [, network, bits] = /^(.+)\/(\d+)$/.exec(entry) ?? []
      if (network !== undefined)
        return version !== 0 && isIP(network) === version && isWithin(host, network, Number(bits))
      const [, name = entry, only] = isIP(entry) ? [] : (/^\[?(.+?)\]?(?::(\d+))?$/.exec(entry) ?? [])
      if (only !== undefined && only !== (port || (protocol === 'https:' ? '443' : '80'))) return false
      const domain = name.replace(/^\*?\.?/, '')
      return host === domain || (version === 0 && host.endsWith(`.${domain}`))
    })
}

function isWithin(host: string, network: string, bits: number): boolean {
  const [family, most] = isIP(host) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const)
  if (bits > most) return false
  const list = new BlockList()
  list.addSubnet(network, bits, family)
  return list.check(host, family)
}
