// By its name, as users import it: the store's worker needs the built files.
import { createBrowserStore, openModel } from '@latentkit/backend-web'
import type { ModelFiles, ProgressEvent } from '@latentkit/core'
import { listModels, verifyModel } from '@latentkit/hub'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cdp, commands } from 'vitest/browser'

const name = 'org/model'
const unet = 'unet/diffusion_pytorch_model.bin'
const impatient = { retry: { attempts: 2, firstDelay: 10 }, idleTimeout: 5000 }

let endpoint: string
let folder: string
beforeEach(async () => {
  endpoint = await commands.startHub()
  folder = `test-${crypto.randomUUID()}`
})
afterEach(() => commands.stopHub(endpoint))

const fetchIt = (options: object = {}) =>
  openModel('org/model', { endpoint, store: createBrowserStore({ folder }), ...impatient, ...options })
/** The hash of the large file; comparing the bytes themselves takes vitest half a minute. */
async function weights(model: ModelFiles): Promise<string> {
  const file = await model.open(unet)
  const hash = await crypto.subtle.digest('SHA-256', (await file.read(0, file.size)) as BufferSource)
  return `${file.size} bytes ${[...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
const whole = /^3145728 bytes/

test('the address of a folder may be seen from the page', async () => {
  for (const [given, folderAddress] of [
    ['/models/mine', new URL('/models/mine/', location.origin)],
    ['./mine', new URL('mine/', document.baseURI)],
    [new URL('/mine', location.origin), new URL('/mine/', location.origin)],
  ] as const) {
    const seen: string[] = []
    const request = (url: unknown) => {
      seen.push(String(url))
      return Promise.reject(new TypeError('no network'))
    }
    const options = { ...impatient, store: createBrowserStore({ folder }), fetch: request as typeof fetch }
    await expect(openModel(given, options)).rejects.toThrow()
    expect(seen[0]).toMatch(folderAddress.href)
  }
})

describe('a model by name', () => {
  test('is fetched once, read without the network afterwards, listed, verified and removed', async () => {
    const events: ProgressEvent[] = []
    const persist = vi.spyOn(navigator.storage, 'persist')
    const hash = await weights(await fetchIt({ onProgress: (event: ProgressEvent) => events.push(event) }))
    expect(persist).toHaveBeenCalledTimes(1)
    expect(events.at(-1)).toMatchObject({ type: 'download', remainingSeconds: 0 })
    const seen = await commands.seenByHub(endpoint)
    // Browsers ask servers first before unusual requests; the hub's file servers refuse that.
    expect(seen.filter(({ method }) => method === 'OPTIONS')).toEqual([])
    expect(seen.some(({ path }) => path.endsWith('README.md'))).toBe(false)

    await commands.stopHub(endpoint)
    const store = createBrowserStore({ folder })
    const kept = await fetchIt({ offline: true })
    expect(await weights(kept)).toBe(hash)
    // What the download was checked against needs no hashing again; configurations have git's hash.
    expect(`3145728 bytes ${(await kept.open(unet)).sha256}`).toBe(hash)
    expect((await kept.open('unet/config.json')).sha256).toBeUndefined()
    expect(await weights(await fetchIt())).toBe(hash)
    const [listed] = await listModels(store)
    expect(listed).toMatchObject({ name })
    expect(listed!.bytes).toBeGreaterThan(4 * 2 ** 20)
    expect((await verifyModel(store, name)).every(({ state }) => state === 'right')).toBe(true)
    expect(await store.repository(name).remove()).toBeGreaterThan(4 * 2 ** 20)
    await expect(fetchIt({ offline: true })).rejects.toMatchObject({ code: 'offline' })
  })

  test('goes on where the last visit stopped, and where the connection is cut', async () => {
    await commands.letHubMisbehave(endpoint, { fault: { type: 'truncate', bytes: 2 ** 20 }, path: unet, times: 2 })
    await expect(fetchIt({ retry: { attempts: 1 } })).rejects.toMatchObject({ code: 'network' })
    await commands.seenByHub(endpoint)
    await commands.letHubMisbehave(endpoint, { fault: { type: 'cut', after: 2 ** 19 }, path: unet, times: 2 })
    expect(await weights(await fetchIt())).toMatch(whole)
    const again = (await commands.seenByHub(endpoint)).filter(({ host, path }) => host === 'cdn' && path.endsWith(unet))
    expect(again[0]).toMatchObject({ range: 'bytes=1048576-3145727' })
    expect(again.length).toBeGreaterThan(1)
  })

  test('with wrong bytes is refused, and they are removed', async () => {
    await commands.letHubMisbehave(endpoint, { fault: { type: 'wrong-byte' }, path: unet, times: 99 })
    await expect(fetchIt()).rejects.toMatchObject({ code: 'integrity' })
    // Neither the wrong file nor a part of it is left.
    expect(await createBrowserStore({ folder }).repository(name).remove()).toBeLessThan(2 ** 20)
    await commands.letHubMisbehave(endpoint, { fault: { type: 'wrong-byte' }, path: unet, times: 0 })
    expect(await weights(await fetchIt())).toMatch(whole)
  })

  test('can be stopped, and says so with the reason given', async () => {
    await commands.letHubMisbehave(endpoint, { fault: { type: 'drip', bytes: 65536, pause: 50 }, path: unet, times: 9 })
    const controller = new AbortController()
    const onProgress = (event: ProgressEvent) => {
      if (event.type === 'download' && event.file === unet && event.receivedBytes > 2 ** 18) {
        controller.abort(new Error('enough'))
      }
    }
    await expect(fetchIt({ signal: controller.signal, onProgress })).rejects.toThrow('enough')
  })

  test('is fetched once by two that want it at the same time', async () => {
    const [one, other] = await Promise.all([fetchIt(), fetchIt()])
    expect(await weights(one)).toBe(await weights(other))
    const asked = (await commands.seenByHub(endpoint)).filter(({ host, path }) => host === 'cdn' && path.endsWith(unet))
    expect(asked).toHaveLength(1)
  })
})

/** The browser's own switches, as Playwright gives them. */
interface DevTools {
  send(method: string, options: object): Promise<unknown>
}

describe('storage', () => {
  const overrideQuota = (quotaSize?: number) =>
    (cdp() as unknown as DevTools).send('Storage.overrideQuotaForOrigin', {
      origin: location.origin,
      ...(quotaSize && { quotaSize }),
    })
  afterEach(() => overrideQuota())

  test('that is too small for all files is told before any is fetched', async () => {
    const estimate = vi
      .spyOn(navigator.storage, 'estimate')
      .mockResolvedValue({ quota: 9e6, usage: 9e6 - 3.5 * 2 ** 20 })
    const error = await fetchIt().catch((error) => error)
    expect(error).toMatchObject({ code: 'storage_full' })
    expect(error.message).toMatch(
      /^the browser’s storage for this page is full; 5 MiB more are needed, \d MiB are free\./,
    )
    const asked = (await commands.seenByHub(endpoint)).filter(({ path }) => path.endsWith('.bin'))
    expect(asked).toEqual([])
    estimate.mockRestore()
  })

  test('that runs full while a file is written is told, and the rest is fetched when there is room', async () => {
    const { usage = 0 } = await navigator.storage.estimate()
    // As Chromium does it: the estimate knows nothing of the real limit.
    await overrideQuota(usage + 2 ** 21)
    await expect(fetchIt()).rejects.toMatchObject({ code: 'storage_full' })
    await overrideQuota()
    expect(await weights(await fetchIt())).toMatch(whole)
  })
})
