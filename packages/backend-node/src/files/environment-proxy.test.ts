import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { environmentProxy, namesProxies } from './environment-proxy.ts'

beforeEach(() => {
  for (const name of ['https_proxy', 'http_proxy', 'all_proxy', 'no_proxy']) {
    vi.stubEnv(name, '')
    vi.stubEnv(name.toUpperCase(), '')
  }
})
afterEach(() => vi.unstubAllEnvs())

const proxyOf = (url: string) => environmentProxy(new URL(url))

test('each kind of address has its own variable, small letters count first, and one stands for all', () => {
  expect([namesProxies(), proxyOf('https://hub.test/')]).toEqual([false, undefined])
  vi.stubEnv('ALL_PROXY', 'http://all:1')
  vi.stubEnv('HTTPS_PROXY', 'http://capital:1')
  expect([namesProxies(), proxyOf('http://hub.test/'), proxyOf('https://hub.test/')]).toEqual([
    true,
    'http://all:1',
    'http://capital:1',
  ])
  vi.stubEnv('https_proxy', 'small:3128')
  expect(proxyOf('https://hub.test/')).toBe('http://small:3128')
})

test.each([
  ['https://hub.test/', '*', true],
  ['https://hub.test/', 'other.test, hub.test', true],
  ['https://cdn.hub.test/', 'hub.test', true],
  ['https://cdn.hub.test/', '.HUB.test', true],
  ['https://cdn.hub.test/', '*.hub.test', true],
  ['https://mirrorhub.test/', 'hub.test', false],
  ['https://hub.test/', 'cdn.hub.test', false],
  ['https://hub.test/', 'hub.test:443', true],
  ['https://hub.test:8443/', 'hub.test:443', false],
  ['https://127.0.0.1/', '127.0.0.1', true],
  ['https://127.3.2.1/', '127.0.0.0/8', true],
  ['https://128.0.0.1/', '127.0.0.0/8', false],
  ['https://127.0.0.1/', '127.0.0.0/99', false],
  ['https://hub.test/', '127.0.0.0/8', false],
  ['https://[::1]/', '::1', true],
  ['https://[::1]:8443/', '[::1]:8443', true],
  ['https://[fd00::1]/', 'fd00::/8', true],
])('%s, NO_PROXY=%s: left out %s', (url, list, isLeftOut) => {
  vi.stubEnv('HTTPS_PROXY', 'http://proxy:1')
  vi.stubEnv('NO_PROXY', list)
  expect(proxyOf(url)).toBe(isLeftOut ? undefined : 'http://proxy:1')
})

test('what is no proxy of http is told, without its password', () => {
  vi.stubEnv('ALL_PROXY', 'socks5://me:secret@host:9')
  expect(() => proxyOf('https://hub.test/')).toThrow(
    'ALL_PROXY is "socks5://…@host:9"; expected the address of a proxy of http, such as http://host:8080; NO_PROXY=* does without.',
  )
  for (const secret of ['me:se#cret@host:8080', 'me:secret@host:99999', 'http://me:100%@host:9']) {
    vi.stubEnv('ALL_PROXY', secret)
    expect(() => proxyOf('https://hub.test/')).toThrow(/^ALL_PROXY is "(http:\/\/)?…@host:\d+"; expected the address/)
  }
  vi.stubEnv('ALL_PROXY', 'http://')
  expect(() => proxyOf('https://hub.test/')).toThrow('ALL_PROXY is "http://"; expected the address')
})
