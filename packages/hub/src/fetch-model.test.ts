import { LatentkitError, ModelFilesError, type ProgressEvent } from '@latentkit/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { StorageFullError } from './errors/index.ts'
import { fetchModel } from './fetch-model.ts'
import type { FetchModelOptions } from './fetch-options.ts'
import type { FileStore, RepositoryStore } from './store/file-store.ts'
import { createMemoryStore } from './store/memory-store.ts'
import { type Fault, type SeenRequest, startHubServer, type TestHub } from './testing/hub-server-fixture.ts'
import { compVisFiles, noiseBytes, paddleFiles } from './testing/model-fixture.ts'

vi.setConfig({ testTimeout: 60_000 })

const name = 'CompVis/ldm-super-resolution-4x-openimages'
const unetSize = 3_000_000
const files = compVisFiles(unetSize)
const needed = [
  'model_index.json',
  'scheduler/scheduler_config.json',
  'unet/config.json',
  'unet/diffusion_pytorch_model.bin',
  'vqvae/config.json',
  'vqvae/diffusion_pytorch_model.bin',
]
const unet = 'unet/diffusion_pytorch_model.bin'
const neededBytes = needed.reduce((sum, path) => sum + files[path]!.length, 0)

let hub: TestHub
let store: FileStore
beforeEach(async () => {
  hub = await startHubServer({ [name]: { files }, 'CompVis/mirrored': { files: paddleFiles(100_000) } })
  store = createMemoryStore()
})
afterEach(() => hub.close())

function fetchIt(options: Partial<FetchModelOptions> = {}) {
  const retry = { attempts: 3, firstDelay: 1, longestDelay: 50 }
  return fetchModel(name, { store, endpoint: hub.endpoint, retry, rangeSize: 500_000, idleTimeout: 5000, ...options })
}

/** Every file that is kept is the right one, and no others are. */
async function expectRight(paths = needed): Promise<void> {
  const repository = store.repository(name)
  const commit = hub.commitOf(name)
  expect((await repository.files(commit)).map(({ path }) => path)).toEqual(paths)
  for (const path of paths) {
    const file = await repository.open(commit, path)
    const bytes = await file.read(0, file.size)
    const expected = files[path]!
    expect(Buffer.from(bytes).equals(Buffer.from(expected as Uint8Array)), path).toBe(true)
  }
}

/** A server sends on until it notices that nobody listens. */
async function untilQuiet(): Promise<void> {
  for (let sent = -1; sent !== hub.sentBytes(); ) {
    sent = hub.sentBytes()
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

/** Lets the first `times` requests for the UNet's weights go wrong. */
function spoil(fault: Fault, times = Number.POSITIVE_INFINITY, host: SeenRequest['host'] = 'cdn'): () => number {
  let count = 0
  hub.fault = (request) => {
    if (request.host !== host || !request.path.endsWith(unet) || count >= times) return undefined
    count += 1
    return fault
  }
  return () => count
}

/** Lets the store's repositories behave in another way. */
function changed(change: (repository: RepositoryStore) => Partial<RepositoryStore>): FileStore {
  const repository = (id: string) => ({ ...store.repository(id), ...change(store.repository(id)) })
  return { ...store, repository }
}

describe('a model is fetched', () => {
  test('the needed files only, each once, in parallel ranges', async () => {
    const model = await fetchIt()
    expect(await model.list()).toEqual(needed)
    expect(model).toMatchObject({ name, commit: hub.commitOf(name) })
    await expectRight()
    expect(hub.sentBytes()).toBe(neededBytes)
    expect(hub.requests.filter(({ host, path }) => host === 'cdn' && path.endsWith(unet))).toHaveLength(6)
    await expect(model.open('README.md')).rejects.toThrow(/no such file/)
  })

  test('a second time the hub is asked for the commit only; a full commit is not asked for at all', async () => {
    const { commit } = await fetchIt()
    hub.requests.length = 0
    await fetchIt()
    expect(hub.requests.map(({ path }) => path)).toEqual([`/api/models/${name}/revision/main`])
    await fetchIt({ revision: commit })
    expect(hub.requests).toHaveLength(1)
    store = createMemoryStore()
    await fetchIt({ revision: commit })
    expect(await store.repository(name).readRef(commit)).toBeUndefined()
  })

  test('of the variant asked for, safetensors', async () => {
    const model = await fetchIt({ variant: 'fp16' })
    expect((await model.list()).filter((path) => path.includes('pytorch'))).toEqual([
      'unet/diffusion_pytorch_model.fp16.safetensors',
      'vqvae/diffusion_pytorch_model.fp16.safetensors',
    ])
    // Readers take those then, from what is kept, too.
    expect(model.variant).toBe('fp16')
    expect((await fetchIt({ variant: 'fp16', offline: true })).variant).toBe('fp16')
    expect(await fetchIt()).not.toHaveProperty('variant')
  })

  test('of the parts asked for', async () => {
    const model = await fetchIt({ components: ['vqvae'] })
    expect(await model.list()).toEqual(['model_index.json', 'vqvae/config.json', 'vqvae/diffusion_pytorch_model.bin'])
  })

  test('what did not change in a new commit is not fetched again', async () => {
    await fetchIt()
    const before = hub.sentBytes()
    hub.put(name, { files: { ...files, 'unet/config.json': '{"changed":true}' } })
    await fetchIt()
    expect(hub.sentBytes() - before).toBe('{"changed":true}'.length)
    expect(await store.repository(name).commits()).toHaveLength(2)
  })

  test('progress tells bytes of all files, rate and time left', async () => {
    const events: ProgressEvent[] = []
    await fetchIt({ onProgress: (event) => events.push(event) })
    const last = events.at(-1) as Extract<ProgressEvent, { type: 'download' }>
    expect(events.every(({ type }) => type === 'download')).toBe(true)
    const large = neededBytes - (files['model_index.json'] as string).length
    expect(last).toMatchObject({ type: 'download', receivedBytes: large, totalBytes: large, remainingSeconds: 0 })
    expect(last.bytesPerSecond).toBeGreaterThan(0)
  })

  test('several at once fetch one copy', async () => {
    const models = await Promise.all([fetchIt(), fetchIt(), fetchIt()])
    expect(models).toHaveLength(3)
    await expectRight()
    expect(hub.sentBytes()).toBe(neededBytes)
  })

  test('the token goes to the hub and not to the second host', async () => {
    hub.put(name, { files, token: 'secret' })
    await fetchIt({ token: 'secret' })
    await expectRight()
    const seen = (host: string) => new Set(hub.requests.filter((r) => r.host === host).map((r) => r.authorization))
    expect([...seen('hub')]).toEqual(['Bearer secret'])
    expect([...seen('cdn')]).toEqual([undefined])
  })

  test('the token does not follow a listing to another host', async () => {
    const sent: (string | null)[] = []
    const elsewhere: typeof fetch = async (url, init) => {
      if (String(url).startsWith('http://elsewhere.test/')) {
        sent.push(new Headers(init?.headers).get('authorization'))
        return Response.json([])
      }
      const response = await fetch(url, init)
      if (!String(url).includes('/tree/')) return response
      return new Response(response.body, { headers: { link: '<http://elsewhere.test/more>; rel="next"' } })
    }
    await fetchIt({ token: 'secret', fetch: elsewhere }).catch(() => undefined)
    expect(sent).toEqual([null])
  })
})

describe('a server that misbehaves', () => {
  test('cuts connections: the rest is fetched, nothing twice', async () => {
    const cuts = spoil({ type: 'cut', after: 70_000 }, 12)
    await fetchIt()
    expect(cuts()).toBe(12)
    await expectRight()
    // What a broken connection had on its way may be lost.
    expect(hub.sentBytes()).toBeLessThan(neededBytes + 12 * 70_000)
  })

  test('sends less than asked for, in good order: the rest is asked for', async () => {
    spoil({ type: 'truncate', bytes: 200_000 })
    await fetchIt()
    await expectRight()
    expect(hub.sentBytes()).toBe(neededBytes)
  })

  test('closes connections without an answer', async () => {
    spoil({ type: 'refuse' }, 2)
    await fetchIt()
    await expectRight()
  })

  test.each([429, 500, 503])('answers %i and means it for a while', async (status) => {
    spoil({ type: 'status', status, retryAfter: '1' }, 2)
    await fetchIt()
    await expectRight()
  })

  test.each([429, 500, 503])('answers %i for ever', async (status) => {
    spoil({ type: 'status', status })
    const error = await fetchIt().catch((reason) => reason)
    expect(LatentkitError.isInstance(error, 'network')).toBe(true)
    expect(error).toMatchObject({ status })
    hub.fault = () => undefined
    await fetchIt()
    await expectRight()
  })

  test('has no ranges, and breaks in between', async () => {
    let count = 0
    hub.fault = ({ host, path }) => {
      if (host !== 'cdn') return undefined
      const breaks = path.endsWith(unet) && count++ === 0
      return { type: 'no-ranges', ...(breaks && { after: 1_200_000 }) }
    }
    await fetchIt()
    await expectRight()
    expect(count).toBe(2)
    expect(hub.sentBytes()).toBe(neededBytes + 1_200_000)
  })

  test('has no ranges any more when a part is to be gone on with: the file is sent once', async () => {
    hub.fault = ({ path, range }) =>
      path.endsWith(unet) && !range?.startsWith('bytes=0-') ? { type: 'cut', after: 0 } : undefined
    await expect(fetchIt()).rejects.toMatchObject({ code: 'network' })
    await untilQuiet()
    const before = hub.sentBytes()
    hub.fault = ({ host }) => (host === 'cdn' ? { type: 'no-ranges' } : undefined)
    await fetchIt()
    await expectRight()
    expect(hub.sentBytes() - before).toBe(unetSize * 1.5)
  })

  test('has ranges again after it had none and broke: all of the file is fetched', async () => {
    const count = spoil({ type: 'no-ranges', after: 1_200_000 }, 1)
    await fetchIt()
    await expectRight()
    expect(count()).toBe(1)
    // The first range is asked for again, and nothing else.
    expect(hub.sentBytes()).toBeLessThan(neededBytes + 1_000_000)
  })

  describe.each([
    ['of unknown length', {}],
    ['that tells its length', { 'content-length': '9' }],
    ['with an ETag', { etag: '"page"', 'content-length': '9' }],
  ])('a page of the network %s instead of a file', (_, headers) => {
    const pages: typeof fetch = async (url, init) =>
      String(url).endsWith(unet) ? new Response('<log in!>', { headers: { ...headers } }) : fetch(url, init)

    test('leaves what was fetched before', async () => {
      hub.fault = ({ path, range }) =>
        path.endsWith(unet) && !range?.startsWith('bytes=0-') ? { type: 'cut', after: 0 } : undefined
      await expect(fetchIt({ connections: 1 })).rejects.toMatchObject({ code: 'network' })
      await expect(fetchIt({ fetch: pages })).rejects.toMatchObject({
        code: expect.stringMatching(/network|integrity/),
      })
      hub.fault = () => undefined
      await untilQuiet()
      const before = hub.sentBytes()
      await fetchIt()
      await expectRight()
      expect(hub.sentBytes() - before).toBe(unetSize * 1.5 - 500_000)
    })

    test('is not taken for the beginning of the file', async () => {
      await expect(fetchIt({ fetch: pages })).rejects.toMatchObject({
        code: expect.stringMatching(/network|integrity/),
      })
      const before = hub.sentBytes()
      await fetchIt()
      await expectRight()
      expect(hub.sentBytes() - before).toBe(unetSize * 1.5)
    })
  })

  test('has neither ranges nor a length: the file is taken when it ends where it should', async () => {
    const plain: typeof fetch = async (...request) => {
      const { body, status, headers } = await fetch(...request)
      const others = new Headers(headers)
      others.delete('content-length')
      return new Response(body, { status, headers: others })
    }
    hub.fault = ({ host }) => (host === 'cdn' ? { type: 'no-ranges' } : undefined)
    await fetchIt({ fetch: plain })
    await expectRight()
    expect(hub.sentBytes()).toBe(neededBytes)
  })

  test('sends a wrong byte once: it is fetched anew', async () => {
    spoil({ type: 'wrong-byte' }, 1)
    await fetchIt()
    await expectRight()
  })

  test('sends wrong bytes always: refused and removed', async () => {
    spoil({ type: 'wrong-byte' })
    const error = await fetchIt().catch((reason) => reason)
    expect(LatentkitError.isInstance(error, 'integrity')).toBe(true)
    expect(error.message).toMatch(
      /unet\/diffusion_pytorch_model\.bin: its sha256 is [0-9a-f]{64}; expected [0-9a-f]{64}\./,
    )
    const repository = store.repository(name)
    expect((await repository.files(hub.commitOf(name))).map(({ path }) => path)).not.toContain(unet)
    expect((await repository.openPart(error.expected)).journal).toBeUndefined()
  })

  test.each([
    { type: 'short', bytes: 10 },
    { type: 'long', bytes: 10 },
  ] as const)('has another length, once and always: $type', async (fault) => {
    spoil(fault, 1)
    await fetchIt()
    await expectRight()
    store = createMemoryStore()
    spoil(fault)
    const error = await fetchIt().catch((reason) => reason)
    expect(LatentkitError.isInstance(error, 'integrity')).toBe(true)
    expect(error.message).toMatch(/its length is .*expected 3000000 bytes/)
  })

  test('answers a range with another one: it is asked again', async () => {
    let count = 0
    const misplaced: typeof fetch = async (...request) => {
      const response = await fetch(...request)
      if (!String(request[0]).endsWith(unet) || count++ !== 3) return response
      await response.body?.cancel()
      const headers = { 'content-range': `bytes 7-500006/${unetSize}` }
      return new Response(new Uint8Array(500_000), { status: 206, headers })
    }
    await fetchIt({ fetch: misplaced })
    await expectRight()
    expect(hub.requests.filter(({ host, path }) => host === 'cdn' && path.endsWith(unet))).toHaveLength(7)
  })

  test('fails while it lists: the listing is asked for again', async () => {
    let count = 0
    hub.fault = ({ path }) => (path.includes('/tree/') && count++ < 2 ? { type: 'cut', after: 0 } : undefined)
    await fetchIt()
    await expectRight()
    store = createMemoryStore()
    hub.fault = ({ path }) => (path.includes('/api/') && count++ < 4 ? { type: 'status', status: 502 } : undefined)
    await fetchIt()
    await expectRight()
  })

  test('has no end of a file: the other connections are ended at once', async () => {
    hub.fault = ({ host, range }) => {
      if (host !== 'cdn') return undefined
      return range?.startsWith('bytes=1000000-')
        ? { type: 'status', status: 404 }
        : { type: 'drip', bytes: 5000, pause: 50 }
    }
    await expect(fetchIt()).rejects.toMatchObject({ code: 'not_found' })
    await untilQuiet()
    expect(hub.sentBytes()).toBeLessThan(400_000)
  })

  test('drips slowly', async () => {
    spoil({ type: 'drip', bytes: 100_000, pause: 30 })
    await fetchIt()
    await expectRight()
  })

  test.each([Number.POSITIVE_INFINITY, 2 ** 31])('drips slowly, and may be silent for %d ms', async (idleTimeout) => {
    hub.fault = ({ host }) => (host === 'cdn' ? { type: 'drip', bytes: 200_000, pause: 10 } : undefined)
    await fetchIt({ idleTimeout, retry: { attempts: 1 } })
    await expectRight()
  })

  test('falls silent', async () => {
    spoil({ type: 'stall', after: 1000 }, 2)
    await fetchIt({ idleTimeout: 1000 })
    await expectRight()
    store = createMemoryStore()
    spoil({ type: 'stall', after: 0 })
    await expect(fetchIt({ idleTimeout: 1000 })).rejects.toThrow(/nothing came for 1 s/)
  })

  test('redirects in a circle', async () => {
    spoil({ type: 'redirect-loop' }, Number.POSITIVE_INFINITY, 'cdn')
    const error = await fetchIt().catch((reason) => reason)
    expect(LatentkitError.isInstance(error, 'network')).toBe(true)
    expect(error.message).toMatch(/the server redirects without end\. Does the network ask for a login\?/)
    expect(hub.requests.filter(({ path }) => path.endsWith(unet)).length).toBeLessThan(40)
  })

  test.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:,x', 'http://', 'http://127.0.0.1:25/x'])(
    'redirects to %s, which is not fetched: told at once, and not as a matter of the connection',
    async (location) => {
      const count = spoil({ type: 'redirect', location }, Number.POSITIVE_INFINITY, 'hub')
      await expect(fetchIt()).rejects.toMatchObject({
        code: 'network',
        message: expect.stringMatching(
          /the address, or one that the server redirects to, cannot be fetched: .+\. Does the network ask for a login\? Else do not trust this server\.$/,
        ),
      })
      expect(count()).toBe(1)
    },
  )

  test.each(['file:///etc/passwd', 'data:,[]'])('lists on at %s, which is not asked for', async (next) => {
    const listing: typeof fetch = async (url, init) => {
      const response = await fetch(url, init)
      if (!String(url).includes('/tree/')) return response
      return new Response(response.body, { headers: { link: `<${next}>; rel="next"` } })
    }
    await expect(fetchIt({ fetch: listing })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/cannot be fetched: its scheme is (file|data):\. Does/),
    })
  })

  test.each([
    '../escape.json',
    '/etc/passwd',
    'unet/../../x',
    'C:\\x',
    'a\\..\\b',
    'unet//x',
    'a/./b',
    'a\0b',
    'unet/x:y',
  ])('lists a path that tries to escape: %j', async (path) => {
    hub.put(name, { files: { ...files, [path]: '{}' } })
    const error = await fetchIt().catch((reason) => reason)
    expect(LatentkitError.isInstance(error, 'repository')).toBe(true)
    expect(error.message).toMatch(/could leave the cache folder/)
    expect(await store.repositories()).toEqual([])
  })

  test('gives no commit, no list, no JSON', async () => {
    hub.fault = ({ path }) => (path.includes('/revision/') ? { type: 'answer', body: '{"sha":"../../x"}' } : undefined)
    await expect(fetchIt()).rejects.toThrow(/gave no commit/)
    hub.fault = ({ path }) => (path.includes('/tree/') ? { type: 'answer', body: '{}' } : undefined)
    await expect(fetchIt()).rejects.toThrow(/is no list/)
    hub.fault = ({ path }) => (path.includes('/tree/') ? { type: 'answer', body: '<html>' } : undefined)
    await expect(fetchIt()).rejects.toThrow(/is not JSON/)
    const entry = { type: 'file', path: 'a.json', size: 3, oid: 'a'.repeat(40), lfs: { oid: '../x', size: 3 } }
    hub.fault = ({ path }) => (path.includes('/tree/') ? { type: 'answer', body: JSON.stringify([entry]) } : undefined)
    await expect(fetchIt()).rejects.toThrow(/no size and hash of a\.json/)
    const short = { ...entry, lfs: { oid: 'a'.repeat(40), size: 3 } }
    hub.fault = ({ path }) => (path.includes('/tree/') ? { type: 'answer', body: JSON.stringify([short]) } : undefined)
    await expect(fetchIt()).rejects.toThrow(/the hash of a\.json is a{40}/)
  })
})

test('a listing whose next page is no address is refused in words', async () => {
  const pages: typeof fetch = async (url, init) => {
    if (!String(url).includes('/tree/')) return fetch(url, init)
    return Response.json([], { headers: { link: '<http://>; rel="next"' } })
  }
  await expect(fetchIt({ fetch: pages })).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining('cannot be fetched: it is no address'),
  })
})

describe('a listing of very many files', () => {
  const oid = 'a'.repeat(40)

  test('is refused before they are looked at', async () => {
    const entries = Array.from({ length: 1001 }, (_, i) => ({ type: 'file', path: `${i}`, size: 1, oid }))
    const pages: typeof fetch = async (url, init) => {
      const address = String(url)
      if (!address.includes('/tree/')) return fetch(url, init)
      return Response.json(entries, { headers: { link: `<${address}>; rel="next"` } })
    }
    await expect(fetchIt({ fetch: pages })).rejects.toMatchObject({
      code: 'repository',
      message: `${name}: the listing has more than 100000 files.`,
    })
    const body = JSON.stringify(Array.from({ length: 300_000 }, () => 1))
    hub.fault = ({ path }) => (path.includes('/tree/') ? { type: 'answer', body } : undefined)
    await expect(fetchIt()).rejects.toMatchObject({ code: 'repository' })
  })

  test('that are all kept takes no long time', async () => {
    const { commit } = await fetchIt()
    const others = Array.from({ length: 60_000 }, (_, i) => ({ path: `unet/${i}.json`, size: 1 }))
    const listing = await store.repository(name).readListing(commit)
    const files = await store.repository(name).files(commit)
    const large = changed(() => ({
      readListing: async () => [...others, ...listing!],
      files: async () => [...others, ...files],
    }))
    const start = performance.now()
    const model = await fetchIt({ store: large, offline: true })
    expect(await model.list()).toHaveLength(others.length + needed.length)
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

describe('what the user is told', () => {
  const codeOf = async (options: Partial<FetchModelOptions> = {}, wanted = name) => {
    const retry = { attempts: 2, firstDelay: 1 }
    const error = await fetchModel(wanted, { store, endpoint: hub.endpoint, retry, ...options }).catch((e) => e)
    return [error.code, error.message]
  }

  test('no network', async () => {
    await hub.close()
    expect(await codeOf()).toEqual([
      'network',
      expect.stringMatching(/the connection failed: .*ECONNREFUSED.*network\?/),
    ])
    hub = await startHubServer({})
  })

  test('private, gated, wrong token', async () => {
    hub.put(name, { files, token: 'secret' })
    expect(await codeOf()).toEqual([
      'access',
      expect.stringMatching(/no such repository, or a private one \(HTTP 401\).*HF_TOKEN/),
    ])
    expect(await codeOf({ token: 'old' })).toEqual(['access', expect.stringMatching(/the token gives no access/)])
    hub.put(name, { files, token: 'secret', gated: true })
    expect(await codeOf()).toEqual([
      'access',
      expect.stringMatching(/gated \(HTTP 403\)\. Accept its conditions at .*HF_TOKEN/),
    ])
  })

  test('the second host refuses a file: nobody is sent for a token', async () => {
    spoil({ type: 'status', status: 403 })
    const [code, message] = await codeOf({ token: 'secret' })
    expect(code).toBe('network')
    expect(message).toMatch(
      /unet\/diffusion_pytorch_model\.bin: localhost:\d+, which the server sends us to, answered 403\. /,
    )
    expect(message).not.toMatch(/token|private/)
  })

  test('no such repository, revision, file', async () => {
    expect(await codeOf({ token: 't' }, 'no/such')).toEqual([
      'not_found',
      expect.stringMatching(/no repository "no\/such"/),
    ])
    expect(await codeOf({ revision: 'v9' })).toEqual(['not_found', expect.stringMatching(/has no revision "v9"/)])
    hub.fault = ({ path }) => (path.endsWith('unet/config.json') ? { type: 'status', status: 404 } : undefined)
    expect(await codeOf()).toEqual(['not_found', expect.stringMatching(/no file ".*unet\/config\.json"/)])
  })

  test('no weights of a variant', async () => {
    expect(await codeOf({ variant: 'int4' })).toEqual([
      'repository',
      expect.stringMatching(/"unet" has no weights of variant "int4"\. There are: those without a variant, "fp16"\./),
    ])
  })

  test.each(['nonsense', '../up/down', 'a/b/c', 'a--b/c'])('%j is no name', async (wanted) => {
    expect(await codeOf({}, wanted)).toEqual(['invalid_argument', expect.any(String)])
  })

  test('an endpoint or a number that cannot be used', async () => {
    expect(await codeOf({ endpoint: 'huggingface.co' })).toEqual(['invalid_argument', expect.stringMatching(/a URL/)])
    expect(await codeOf({ connections: 0 })).toEqual(['invalid_argument', expect.stringMatching(/^connections is 0/)])
    expect(await codeOf({ rangeSize: 0.5 })).toEqual(['invalid_argument', expect.stringMatching(/^rangeSize is 0\.5/)])
  })

  test.each(['hf_sec\nret', 'hf_sec ret', 'hf_séc→ret', 'hf_\0secret'])(
    'a token that no header can hold, %j, is refused and not shown',
    async (token) => {
      hub.requests.length = 0
      const [code, message] = await codeOf({ token })
      expect(code).toBe('invalid_argument')
      expect(message).toMatch(/^token is ".*"; expected letters, digits and signs without spaces or line breaks/)
      expect(message).not.toMatch(/sec|ret|séc/)
      expect(hub.requests).toEqual([])
      expect(await codeOf({ token, offline: true })).toEqual(['offline', expect.any(String)])
    },
  )

  test('a revision that tries to escape', async () => {
    expect(await codeOf({ revision: '../../x' })).toEqual([
      'invalid_argument',
      expect.stringMatching(/a branch, a tag/),
    ])
  })
})

describe('a store that is full', () => {
  test('is seen before anything large is fetched: there must be room for all of it', async () => {
    const full = changed(() => ({ freeBytes: async () => 4_000_000 }))
    await expect(fetchIt({ store: full })).rejects.toMatchObject({
      code: 'storage_full',
      neededBytes: unetSize * 1.5,
      availableBytes: 4_000_000,
      message: expect.stringMatching(/^memory is full; 5 MiB more are needed, 4 MiB are free\. Make room/),
    })
    expect(hub.requests.filter(({ host }) => host === 'cdn')).toEqual([])
  })

  test('in the middle: what is there stays, and is gone on with', async () => {
    let room = 1_500_000
    const full = changed((repository) => ({
      async openPart(key) {
        const part = await repository.openPart(key)
        return {
          ...part,
          async write(offset, bytes) {
            room -= bytes.length
            if (room < 0) throw new StorageFullError({ store: 'tiny' })
            await part.write(offset, bytes)
          },
        }
      },
    }))
    await expect(fetchIt({ store: full })).rejects.toMatchObject({ code: 'storage_full' })
    await untilQuiet()
    const before = hub.sentBytes()
    await fetchIt()
    await expectRight()
    expect(hub.sentBytes() - before).toBeLessThan(neededBytes - 1_300_000)
  })
})

describe('offline', () => {
  test('what is complete is used without a request', async () => {
    await fetchIt()
    hub.requests.length = 0
    const model = await fetchIt({ offline: true })
    expect(await model.list()).toEqual(needed)
    expect(hub.requests).toEqual([])
  })

  test('what is missing is named', async () => {
    await expect(fetchIt({ offline: true })).rejects.toMatchObject({ code: 'offline', missing: [] })
    spoil({ type: 'status', status: 404 })
    await fetchIt().catch(() => undefined)
    await expect(fetchIt({ offline: true })).rejects.toMatchObject({
      code: 'offline',
      missing: [unet, 'vqvae/diffusion_pytorch_model.bin'],
    })
  })

  test('what somebody else put there without a listing is used if it is enough', async () => {
    const { commit } = await fetchIt()
    const bare = {
      ...store,
      repository: (id: string) => ({ ...store.repository(id), readListing: async () => undefined }),
    }
    expect(await (await fetchIt({ store: bare, offline: true })).list()).toEqual(needed)
    hub.requests.length = 0
    await fetchIt({ store: bare, revision: commit })
    expect(hub.requests).toEqual([])
    await store.repository(name).removeFile(commit, unet)
    await expect(fetchIt({ store: bare, offline: true })).rejects.toMatchObject({
      code: 'offline',
      missing: ['what is needed ("unet" has no weights without a variant)'],
    })
  })

  test('what Python’s client left in a cache that can only be read is used', async () => {
    const { commit } = await fetchIt()
    const readOnly = {
      ...store,
      repository: (id: string): RepositoryStore => ({
        ...store.repository(id),
        readListing: async () => undefined,
        writeListing: () => Promise.reject(new Error('read-only file system')),
      }),
    }
    expect((await fetchIt({ store: readOnly })).commit).toBe(commit)
    hub.put(name, { files: { ...files, [unet]: noiseBytes(unetSize, 99) } })
    await expect(fetchIt({ store: readOnly })).rejects.toThrow('read-only')
  })

  test('without a connection the copy of last time is used, with a warning', async () => {
    await fetchIt()
    hub.fault = () => ({ type: 'refuse' })
    const events: ProgressEvent[] = []
    const model = await fetchIt({ onProgress: (event) => events.push(event) })
    expect(await model.list()).toEqual(needed)
    expect(events).toEqual([expect.objectContaining({ type: 'warning', code: 'hub_unreachable' })])
  })

  const warned = expect.objectContaining({ type: 'warning', code: 'hub_unreachable' })

  test('without a connection the hub is asked once where there is a copy', async () => {
    await fetchIt()
    hub.fault = () => ({ type: 'refuse' })
    hub.requests.length = 0
    await fetchIt({ retry: { attempts: 6, firstDelay: 1 } })
    // `fetch` itself asks again where a connection that was kept open breaks.
    expect(hub.requests.length).toBeLessThan(3)
  })

  test('a network that answers with a page of its own, or not at all, is none', async () => {
    await fetchIt()
    const events: ProgressEvent[] = []
    const onProgress = (event: ProgressEvent) => void events.push(event)
    hub.fault = () => ({ type: 'answer', body: '<html>log in' })
    expect(await (await fetchIt({ onProgress })).list()).toEqual(needed)
    const silent: typeof fetch = (_, init) =>
      new Promise((_, reject) => init!.signal!.addEventListener('abort', () => reject(new Error('silence'))))
    vi.useFakeTimers()
    try {
      const model = fetchIt({ onProgress, fetch: silent, idleTimeout: 30_000 })
      await vi.advanceTimersByTimeAsync(6000)
      expect(events).toEqual([warned, warned])
      expect(await (await model).list()).toEqual(needed)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a new commit that cannot be fetched whole leaves the old one in use', async () => {
    const { commit } = await fetchIt()
    hub.put(name, { files: { ...files, [unet]: noiseBytes(unetSize, 99) } })
    spoil({ type: 'status', status: 404 })
    // On a busy machine the hub may take longer than the five seconds after which the copy is used.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    await expect(fetchIt().finally(() => vi.useRealTimers())).rejects.toThrow()
    expect((await fetchIt({ offline: true })).commit).toBe(commit)
  })

  describe('an update that fails for a reason that may pass leaves the old one in use, with a warning', () => {
    let commit: string
    const events: ProgressEvent[] = []
    const onProgress = (event: ProgressEvent) => void (event.type === 'warning' && events.push(event))
    beforeEach(async () => {
      events.length = 0
      commit = (await fetchIt()).commit
      hub.put(name, { files: { ...files, [unet]: noiseBytes(unetSize, 99) } })
    })
    /** The old model was used, for a reason that was told, and the branch still stands for it. */
    async function expectOld(model: Promise<{ readonly commit: string }>, code: string, reason: RegExp) {
      expect((await model).commit).toBe(commit)
      expect(events).toEqual([{ type: 'warning', code, message: expect.stringMatching(reason) }])
      expect(await store.repository(name).readRef('main')).toBe(commit)
      expect((await fetchIt({ offline: true })).commit).toBe(commit)
    }

    test('the second host keeps answering 503', async () => {
      spoil({ type: 'status', status: 503 })
      await expectOld(fetchIt({ onProgress }), 'hub_unreachable', /answering 503.* The copy in memory is used\.$/)
      hub.fault = () => undefined
      expect((await fetchIt()).commit).toBe(hub.commitOf(name))
    })

    test.each(['writeListing', 'link', 'openPart', 'writeRef', 'lock'] as const)('%s is refused', async (method) => {
      for (const [error, reason] of [
        [new StorageFullError({ store: 'tiny' }), /^tiny is full.* The copy in memory is used\.$/],
        [new ModelFilesError({ path: 'tiny', problem: 'cannot be written: EROFS' }), /EROFS.* The copy in memory/],
      ] as const) {
        events.length = 0
        const refusing = changed(() => ({ [method]: () => Promise.reject(error) }))
        await expectOld(fetchIt({ store: refusing, onProgress }), 'not_updated', reason)
      }
    })

    test('but not one of which the hub’s listing tells that something is missing', async () => {
      hub.put(name, { files })
      const repository = store.repository(name)
      await repository.removeFile(commit, unet)
      const part = await repository.openPart('cut')
      await part.write(0, noiseBytes(1000))
      await part.commit('cut', 1000)
      await repository.link(commit, unet, 'cut')
      // As Python leaves it: without a listing it looks complete.
      const bare = changed(() => ({ readListing: async () => undefined }))
      expect((await fetchIt({ store: bare, offline: true })).commit).toBe(commit)
      spoil({ type: 'status', status: 503 })
      await expect(fetchIt({ store: bare, onProgress })).rejects.toMatchObject({ code: 'network' })
      expect(events).toEqual([])
    })

    test('but not what is wrong, what is aborted, or another revision', async () => {
      spoil({ type: 'wrong-byte' })
      await expect(fetchIt({ onProgress })).rejects.toMatchObject({ code: 'integrity' })
      const controller = new AbortController()
      const reason = new ModelFilesError({ path: 'x', problem: 'is not wanted any more' })
      hub.fault = () => {
        controller.abort(reason)
        return undefined
      }
      await expect(fetchIt({ onProgress, signal: controller.signal })).rejects.toBe(reason)
      hub.put(name, { files: { ...files, [unet]: noiseBytes(unetSize, 98) }, revision: 'v2' })
      // The second time something of it is known and kept.
      for (const revision of ['v2', 'v2', hub.commitOf(name)]) {
        spoil({ type: 'status', status: 503 })
        await expect(fetchIt({ onProgress, revision })).rejects.toMatchObject({ code: 'network' })
      }
      expect(events).toEqual([])
    })
  })

  /** Leaves one byte of the kept `model_index.json`. */
  async function cutIndex(commit: string): Promise<void> {
    const repository = store.repository(name)
    const part = await repository.openPart('cut')
    await part.write(0, new TextEncoder().encode('{'))
    await part.commit('cut', 1)
    await repository.link(commit, 'model_index.json', 'cut')
  }

  test('a model_index.json that was cut short is missing, and fetched anew', async () => {
    const { commit } = await fetchIt()
    await cutIndex(commit)
    await expect(fetchIt({ offline: true })).rejects.toMatchObject({ code: 'offline', missing: ['model_index.json'] })
    await fetchIt()
    await expectRight()
  })

  describe('after the branch moved', () => {
    const moved = { ...files, [unet]: noiseBytes(unetSize, 99) }

    test.each([
      ['is refused', { variant: 'int4' }],
      ['fails midway', { variant: 'fp16' }],
    ])('the model of before stays in use where a request for other files %s', async (_, options) => {
      const { commit } = await fetchIt()
      hub.put(name, { files: moved })
      hub.fault = ({ host }) => (host === 'cdn' ? { type: 'status', status: 404 } : undefined)
      await expect(fetchIt(options)).rejects.toThrow()
      const events: ProgressEvent[] = []
      expect((await fetchIt({ offline: true, onProgress: (event) => events.push(event) })).commit).toBe(commit)
      expect(events).toEqual([])
    })

    test('a request that is refused leaves nothing that would be taken for a model', async () => {
      await expect(fetchIt({ variant: 'int4' })).rejects.toMatchObject({ code: 'repository' })
      await expect(fetchIt({ offline: true })).rejects.toMatchObject({ code: 'offline', missing: [] })
    })

    test('the model of before is used, with a warning, where other files of the new commit are kept', async () => {
      const { commit } = await fetchIt()
      hub.put(name, { files: moved })
      await fetchIt({ variant: 'fp16' })
      const events: ProgressEvent[] = []
      const onProgress = (event: ProgressEvent) => void events.push(event)
      expect((await fetchIt({ offline: true, onProgress })).commit).toBe(commit)
      const message = expect.stringContaining(`commit ${commit}`)
      expect(events).toEqual([{ type: 'warning', code: 'other_commit', message }])
      hub.fault = () => ({ type: 'refuse' })
      expect((await fetchIt({ onProgress })).commit).toBe(commit)
      expect(events).toHaveLength(3)
      hub.fault = () => undefined
      expect((await fetchIt({ onProgress })).commit).toBe(hub.commitOf(name))
      expect(events.slice(3).every(({ type }) => type === 'download')).toBe(true)
    })

    test('an old commit that is spoilt is in nobody’s way', async () => {
      const { commit } = await fetchIt()
      hub.put(name, { files: moved })
      await fetchIt({ variant: 'fp16' })
      await cutIndex(commit)
      const bare = {
        ...store,
        repository: (id: string) => ({ ...store.repository(id), readListing: async () => undefined }),
      }
      await expect(fetchIt({ store: bare, offline: true })).rejects.toMatchObject({ code: 'offline' })
      expect((await fetchIt()).commit).toBe(hub.commitOf(name))
    })

    test('of several commits that would do, none is guessed', async () => {
      await fetchIt()
      hub.put(name, { files: moved })
      await fetchIt()
      hub.put(name, { files: { ...moved, [unet]: noiseBytes(unetSize, 98) } })
      await fetchIt({ variant: 'fp16' })
      await expect(fetchIt({ offline: true })).rejects.toMatchObject({ code: 'offline' })
    })
  })
})

describe('a part that is not what its journal says', () => {
  test.each([
    ['shorter, as after a power cut', new Uint8Array(10)],
    ['other bytes', noiseBytes(unetSize, 77)],
  ])('%s: it is fetched anew', async (_, bytes) => {
    await fetchIt()
    const repository = store.repository(name)
    const { blob } = (await repository.files(hub.commitOf(name))).find(({ path }) => path === unet)!
    await repository.removeFile(hub.commitOf(name), unet)
    const part = await repository.openPart(blob!)
    await part.write(0, bytes)
    await part.saveJournal(JSON.stringify({ size: unetSize, ranges: [{ start: 0, end: unetSize }] }))
    await part.close()
    await fetchIt()
    await expectRight()
  })
})

describe('stopping', () => {
  test('what is aborted rejects with the reason and goes on later where it stopped', async () => {
    const controller = new AbortController()
    let stoppedAt = 0
    spoil({ type: 'drip', bytes: 50_000, pause: 5 })
    const onProgress = (event: ProgressEvent) => {
      if (event.type !== 'download' || event.receivedBytes < 1_500_000) return
      stoppedAt = event.receivedBytes
      controller.abort(new Error('stop'))
    }
    await expect(fetchIt({ signal: controller.signal, onProgress })).rejects.toThrow(/^stop$/)
    hub.fault = () => undefined
    await untilQuiet()
    const before = hub.sentBytes()
    await fetchIt()
    await expectRight()
    expect(hub.sentBytes() - before).toBeLessThanOrEqual(neededBytes - stoppedAt)
  })

  test('before it began', async () => {
    await expect(fetchIt({ signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow(/^early$/)
    expect(hub.requests).toEqual([])
  })

  test('while it waits to try again', async () => {
    const controller = new AbortController()
    spoil({ type: 'status', status: 503 })
    setTimeout(() => controller.abort(new Error('stop')), 200)
    const retry = { attempts: 9, firstDelay: 60_000, longestDelay: 60_000 }
    await expect(fetchIt({ signal: controller.signal, retry })).rejects.toThrow(/^stop$/)
  })
})

describe('the address of a folder', () => {
  const fetchAddress = (options: Partial<FetchModelOptions> = {}, end = '') =>
    fetchModel(`${hub.paddleEndpoint}/CompVis/mirrored${end}`, {
      store,
      token: 'secret',
      retry: { attempts: 3, firstDelay: 1 },
      ...options,
    })

  test('is fetched once, kept by that address, however it is written, and told no token', async () => {
    const model = await fetchAddress()
    expect(await model.list()).toEqual(Object.keys(paddleFiles(1)).sort())
    expect(model.name).toBe(`${hub.paddleEndpoint}/CompVis/mirrored`)
    expect(await store.repositories()).toEqual([model.name])
    expect(hub.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([])
    const gets = () => hub.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('.pdparams')).length
    const before = gets()
    for (const end of ['/', '/model_index.json']) expect((await fetchAddress({}, end)).commit).toBe(model.commit)
    expect((await fetchAddress({ offline: true })).commit).toBe(model.commit)
    expect(gets()).toBe(before)
  })

  test('goes on where it was cut off, and takes a changed file as another model', async () => {
    let cuts = 0
    hub.fault = ({ path, method }) =>
      method === 'GET' && path.endsWith('unet/model_state.pdparams') && ++cuts < 3
        ? { type: 'cut', after: 30_000 }
        : undefined
    const first = await fetchAddress()
    expect(cuts).toBe(3)
    hub.put('CompVis/mirrored', { files: paddleFiles(100_001) })
    const second = await fetchAddress()
    hub.put('CompVis/mirrored', { files: paddleFiles(100_000) })
    expect(second.commit).not.toBe(first.commit)
    expect((await second.open('unet/model_state.pdparams')).size).toBe(100_001)
  })

  test('the model’s own settings come along; a page in place of what is not there is no file', async () => {
    const settings = { ...paddleFiles(1000), 'latentkit.json': '{"steps": 3}' }
    hub.put('CompVis/mirrored', { files: settings })
    expect(await (await fetchAddress()).list()).toEqual(Object.keys(settings).sort())
    const pages: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init)
      return answer.ok ? answer : new Response('<html>', { headers: { 'content-type': 'text/html; charset=utf-8' } })
    }
    hub.put('CompVis/mirrored', { files: paddleFiles(1000) })
    expect(await (await fetchAddress({ fetch: pages })).list()).toEqual(Object.keys(paddleFiles(1)).sort())
  })

  test.each([
    ['only where no range is asked for', false],
    ['whatever is asked for', true],
  ])('of a server that compresses %s: sizes are those of the files', async (_, always) => {
    // As a page sees it: the body is decoded, length and ETag are those of the compressed form.
    const compressing: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers)
      if (!String(input).endsWith('.json') || (headers.has('range') && !always)) return fetch(input, init)
      headers.delete('range')
      const answer = await fetch(input, { ...init, headers })
      if (!answer.ok) return answer
      const shown = { 'content-encoding': 'gzip', 'content-length': '20', etag: `W/${answer.headers.get('etag')}` }
      return new Response(answer.body, { headers: { 'content-type': 'application/json', ...shown } })
    }
    const model = await fetchAddress({ fetch: compressing })
    const config = await model.open('unet/config.json')
    expect(new TextDecoder().decode(await config.read(0, config.size))).toBe(paddleFiles(1)['unet/config.json'])
  })

  describe('sharded weights', () => {
    const { 'unet/model_state.pdparams': weights, ...others } = paddleFiles(4000)
    const sharded = (
      names: readonly string[],
      index: unknown = { weight_map: { 'a.weight': names[0], b: names[1] } },
    ) =>
      hub.put('CompVis/mirrored', {
        files: {
          ...others,
          ...Object.fromEntries(names.map((name) => [`unet/${name}`, weights!])),
          'unet/diffusion_pytorch_model.safetensors.index.json': JSON.stringify(index),
        },
      })
    const shards = [1, 2].map((n) => `diffusion_pytorch_model-0000${n}-of-00002.safetensors`)

    test('are found by their index, and used offline', async () => {
      sharded(shards)
      const files = [...shards, 'diffusion_pytorch_model.safetensors.index.json'].map((name) => `unet/${name}`)
      const expected = [...Object.keys(others), ...files].sort()
      expect(await (await fetchAddress()).list()).toEqual(expected)
      expect(await (await fetchAddress({ offline: true })).list()).toEqual(expected)
    })

    test('in more files than a model has are not asked for', async () => {
      sharded(shards, { weight_map: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, `${i}`])) })
      await expect(fetchAddress()).rejects.toMatchObject({
        code: 'repository',
        message: expect.stringMatching(/safetensors\.index\.json names 1001 files; expected at most 1000\.$/),
      })
    })

    test('that are not all there, or elsewhere, are not fetched', async () => {
      sharded(shards, { weight_map: { a: shards[0], b: 'diffusion_pytorch_model-00003-of-00002.safetensors' } })
      await expect(fetchAddress()).rejects.toMatchObject({ code: 'not_found', what: 'file' })
      for (const index of [{ weight_map: { a: '../../x' } }, { weight_map: { a: 3 } }, { weight_map: {} }, [], null]) {
        sharded(shards, index)
        await expect(fetchAddress()).rejects.toMatchObject({ code: 'repository' })
      }
      expect(await store.repositories()).toEqual([])
    })
  })

  test('of a model of more parts than one has: nothing of them is asked for', async () => {
    const parts = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`part${i}`, ['diffusers', 'VQModel']]))
    hub.put('CompVis/mirrored', { files: { 'model_index.json': JSON.stringify(parts) } })
    await expect(fetchAddress()).rejects.toMatchObject({
      code: 'repository',
      message: expect.stringMatching(/mirrored: model_index\.json names 101 parts; expected at most 100\.$/),
    })
    expect(hub.requests).toHaveLength(2)
  })

  test('of a server that sends on to a store, which answers 403 for what it does not have', async () => {
    const sentOn: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init)
      if (answer.ok) return answer
      return Object.defineProperty(new Response(null, { status: 403 }), 'url', {
        value: 'https://store.example/x?key=1',
      })
    }
    expect(await (await fetchAddress({ fetch: sentOn })).list()).toEqual(Object.keys(paddleFiles(1)).sort())
  })

  test('without a model says so', async () => {
    const missing = fetchModel(`${hub.paddleEndpoint}/no/such`, { store, retry: { attempts: 1 } })
    await expect(missing).rejects.toThrow('Only models with a model_index.json can be fetched from there.')
    await expect(fetchModel('https://example.org/m?x=1', { store })).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})

describe('PaddleNLP', () => {
  const fetchPaddle = (options: Partial<FetchModelOptions> = {}) =>
    fetchModel('paddle:CompVis/mirrored', {
      store,
      endpoint: hub.paddleEndpoint,
      retry: { attempts: 3, firstDelay: 1 },
      ...options,
    })

  test('the files that model_index.json implies are found by asking, and kept', async () => {
    const model = await fetchPaddle()
    expect(await model.list()).toEqual(Object.keys(paddleFiles(1)).sort())
    expect(model.name).toBe('paddle:CompVis/mirrored')
    for (const [path, content] of Object.entries(paddleFiles(100_000))) {
      const file = await model.open(path)
      expect(Buffer.from(await file.read(0, file.size)).equals(Buffer.from(content as Uint8Array)), path).toBe(true)
    }
    expect((await fetchPaddle({ offline: true })).commit).toBe(model.commit)
  })

  test('several at once fetch one copy', async () => {
    await Promise.all([fetchPaddle(), fetchPaddle(), fetchPaddle()])
    const gets = hub.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('.pdparams'))
    expect(gets).toHaveLength(2)
  })

  test('a cut connection is gone on with; a file that changed meanwhile is refused', async () => {
    let count = 0
    hub.fault = ({ path, method }) =>
      method === 'GET' && path.endsWith('unet/model_state.pdparams') && ++count < 4
        ? { type: 'cut', after: 30_000 }
        : undefined
    await fetchPaddle()
    const changed = { ...paddleFiles(100_000), 'unet/model_state.pdparams': noiseBytes(100_000, 55) }
    store = createMemoryStore()
    hub.fault = ({ path, method }) => {
      if (method === 'GET' && path.endsWith('unet/config.json')) hub.put('CompVis/mirrored', { files: changed })
      return undefined
    }
    await expect(fetchPaddle()).rejects.toMatchObject({ code: 'integrity' })
  })

  test('a part that is shorter than its journal says is fetched anew', async () => {
    let cuts = 0
    hub.fault = ({ path, method }) =>
      method === 'GET' && path.endsWith('unet/model_state.pdparams') && cuts++ < 3
        ? { type: 'cut', after: 0 }
        : undefined
    const repository = (id: string): RepositoryStore => ({
      ...store.repository(id),
      async openPart(key) {
        const part = await store.repository(id).openPart(key)
        if (cuts === 3 && part.journal?.includes('100000'))
          return { ...part, journal: JSON.stringify({ size: 100_000, ranges: [{ start: 0, end: 100_000 }] }) }
        return part
      },
    })
    const options = { store: { ...store, repository } }
    await expect(fetchPaddle(options)).rejects.toMatchObject({ code: 'network' })
    const model = await fetchPaddle(options)
    const file = await model.open('unet/model_state.pdparams')
    const right = paddleFiles(100_000)['unet/model_state.pdparams'] as Uint8Array
    expect(Buffer.from(await file.read(0, file.size)).equals(Buffer.from(right))).toBe(true)
  })

  test('a file of unknown length that fills the store leaves nothing of itself there', async () => {
    const unsized: typeof fetch = async (...request) => {
      const { body, status, headers } = await fetch(...request)
      const others = new Headers(headers)
      others.delete('content-length')
      others.delete('content-range')
      return new Response(body, { status, headers: others })
    }
    let open = 0
    const repository = (id: string): RepositoryStore => ({
      ...store.repository(id),
      async openPart(key) {
        const part = await store.repository(id).openPart(key)
        open++
        return {
          ...part,
          async write(offset, bytes) {
            if (offset > 50_000) throw new StorageFullError({ store: 'tiny' })
            await part.write(offset, bytes)
          },
          commit: (...blob) => part.commit(...blob).then(() => void open--),
          discard: () => part.discard().then(() => void open--),
        }
      },
    })
    const full = fetchPaddle({ store: { ...store, repository }, fetch: unsized })
    await expect(full).rejects.toMatchObject({ code: 'storage_full' })
    expect(open).toBe(0)
    await fetchPaddle({ fetch: unsized })
  })

  test('what it lacks', async () => {
    const options = { store, endpoint: hub.paddleEndpoint }
    await expect(fetchModel('paddle:no/such', options)).rejects.toMatchObject({ code: 'not_found' })
    await expect(fetchPaddle({ revision: 'v1' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(fetchPaddle({ variant: 'fp16' })).rejects.toMatchObject({ code: 'repository' })
  })
})

describe('what is given', () => {
  test('as options of other names is refused', async () => {
    await expect(fetchIt({ cacheDir: 'models' } as object)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^option is "cacheDir"; expected one of store, revision, variant, .*, retry\.$/),
    })
    await expect(fetchModel(name, null as never)).rejects.toThrow('options is null; expected an object of store,')
    expect(hub.requests).toEqual([])
  })

  test.each([
    ['no options', undefined, 'undefined'],
    ['no store', {}, 'undefined'],
    ['a folder', { store: 'models' }, '"models"'],
  ])('as %s says how to make a store', async (_, options, shown) => {
    await expect(fetchModel(name, options as never)).rejects.toMatchObject({
      code: 'invalid_argument',
      message:
        `store is ${shown}; expected a store. Make one with createMemoryStore(), ` +
        'createDiskStore(folder) of @latentkit/backend-node or createBrowserStore() of @latentkit/backend-web.',
    })
  })
})
