import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { startHubServer, type TestHub } from '@latentkit/hub/testing/server'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import type { Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { largeModel } from '../src/large-model.ts'
import { hasChromium, openSite, type Site, seriousFindings } from './page.ts'
import { sample, setSteps, tinyGif } from './visitor.ts'

const weights = 'unet/diffusion_pytorch_model.fp16.safetensors'

/** The hub has the small model under the large one's name, so that it can be run. */
async function smallModel(): Promise<Record<string, Uint8Array>> {
  const files = Object.entries(modelFiles).map(async ([path, url]) => {
    const name = path.replace('diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.fp16.safetensors')
    return [name, new Uint8Array(await readFile(fileURLToPath(url)))] as const
  })
  return Object.fromEntries(await Promise.all(files))
}

describe.skipIf(!hasChromium)('the model to be downloaded', () => {
  let hub: TestHub
  let site: Site
  beforeAll(async () => {
    const files = await smallModel()
    hub = await startHubServer({ [largeModel.name]: { files, revision: largeModel.revision } })
    site = await openSite({ hub: hub.endpoint })
  })
  beforeEach(() => {
    hub.fault = () => undefined
  })
  afterAll(async () => {
    await site?.close()
    await hub?.close()
  })

  test('is chosen before the device has been found: nothing is told of what made room', async () => {
    const { page, problems } = await site.visit()
    await page.addInitScript(() => {
      const send = Worker.prototype.postMessage
      Worker.prototype.postMessage = function (message, ...rest: unknown[]) {
        if (message.kind !== 'start') return send.call(this, message, ...(rest as []))
        document.documentElement.dataset.asked = 'yes'
        setTimeout(() => send.call(this, message, ...(rest as [])), 500)
      }
    })
    await page.reload()
    await page.waitForSelector('html[data-asked]')
    await page.check('input[value=large]')
    await page.waitForTimeout(1000)
    expect(await page.isHidden('#error')).toBe(true)
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('is fetched with progress, goes on after a stop, is used without a network, and removed', async () => {
    const { page } = await site.visit()
    await page.setInputFiles('#file', sample)
    await page.check('input[value=large]')
    await page.locator('#plan', { hasText: /^The chosen model is not available yet\.$/ }).waitFor()
    expect(await page.isDisabled('#start')).toBe(true)
    hub.fault = ({ path }) => (path.endsWith(weights) ? { type: 'drip', bytes: 65_536, pause: 100 } : undefined)
    await page.click('#large-download')
    await page
      .locator('#large-text', { hasText: /^[\d.]+ of \d\.\d MB|^[\d.]+ MB of [\d.]+ MB · [\d.]+ MB\/s · .+ left$/ })
      .waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.click('#large-stop')
    await page.getByText('the download goes on from it').waitFor()
    expect(await page.isHidden('#error')).toBe(true)
    await page.reload()
    await page.setInputFiles('#file', sample)
    await page.check('input[value=large]')
    await page.locator('#large-text', { hasText: /^\d\.\d MB are here, and the download goes on from it\.$/ }).waitFor()
    expect(await page.textContent('#large-download')).toBe('Resume the download')
    expect(await page.isVisible('#large-remove')).toBe(true)

    hub.fault = () => undefined
    hub.requests.splice(0)
    await page.click('#large-download')
    await page.getByText('Kept in this browser').waitFor()
    const first = hub.requests.find(({ host, path }) => host === 'cdn' && path.endsWith(weights))
    expect(first?.range).toMatch(/^bytes=[1-9]\d{4,}-/)

    const asked = hub.requests.length
    await page.reload()
    await page.check('input[value=large]')
    await page.setInputFiles('#file', sample)
    await page.waitForSelector('#start:not([disabled])')
    await page.waitForSelector('.dot.on')
    await page.locator('#steps').evaluate((slider: HTMLInputElement) => {
      slider.value = '1'
    })
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    expect(hub.requests.length).toBe(asked)

    await page.click('#large-remove')
    await page.waitForSelector('#large-download:not([hidden])')
    expect(await page.isDisabled('#start')).toBe(true)
    await page.context().close()
  })

  test('removed and fetched again it runs again; what is left of a download can be removed, too', async () => {
    const { page } = await site.visit()
    await page.setInputFiles('#file', tinyGif('tiny.gif'))
    for (let time = 0; time < 2; time++) {
      await download(page)
      await page.getByText('Kept in this browser').waitFor()
      await setSteps(page, 1)
      await page.click('#start')
      await page.waitForSelector('#finished:not([hidden])')
      await page.click('#large-remove')
      await page.waitForSelector('#large-download:not([hidden])')
      // Of another size, so that the networks are made again.
      await page.setInputFiles('#file', sample)
      await page.locator('#caption', { hasText: 'sample.png' }).waitFor()
    }
    hub.fault = ({ path }) => (path.endsWith(weights) ? { type: 'drip', bytes: 65_536, pause: 100 } : undefined)
    await page.click('#large-download')
    await page.locator('#large-text', { hasText: / of .* MB/ }).waitFor()
    await page.click('#large-stop')
    await page.getByText('the download goes on from it').waitFor()
    await page.click('#large-remove')
    await page.getByText('It is downloaded from huggingface.co').waitFor()
    expect(await page.textContent('#large-download')).toBe('Download 338 MB')
    expect(await page.isHidden('#large-remove')).toBe(true)
    await page.context().close()
  })

  test('a cut connection is gone on with by itself; wrong bytes are refused in words', async () => {
    const { page } = await site.visit()
    let cuts = 2
    hub.fault = ({ host, path }) =>
      host === 'cdn' && path.endsWith(weights) && cuts-- > 0 ? { type: 'cut', after: 500_000 } : undefined
    await download(page)
    await page.getByText('Kept in this browser').waitFor()
    expect(cuts).toBeLessThan(1)
    await page.click('#large-remove')
    await page.waitForSelector('#large-download:not([hidden])')

    hub.fault = ({ path }) => (path.endsWith(weights) ? { type: 'wrong-byte' } : undefined)
    await page.click('#large-download')
    await page.locator('#error', { hasText: /download was damaged.*sha256/s }).waitFor()
    hub.fault = () => undefined
    await page.click('#large-download')
    await page.getByText('Kept in this browser').waitFor()
    expect(await page.isHidden('#error')).toBe(true)
    await page.context().close()
  })

  test('is fetched where other pages of its server have filled the small storage', async () => {
    const { page } = await site.visit()
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    })
    await page.check('input[value=large]')
    await page.click('#large-download')
    await page.getByText('Kept in this browser, ready without a network.').waitFor()
    expect(await page.isHidden('#error')).toBe(true)
    await page.context().close()
  })

  test('full storage and a missing network are said in words', async () => {
    const { page } = await site.visit()
    const tools = await page.context().newCDPSession(page)
    await tools.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: 2e6 })
    await download(page)
    await page.locator('#error', { hasText: /not enough space for the model.*full/s }).waitFor()
    await tools.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin })
    await page.context().setOffline(true)
    await page.click('#large-download')
    await page.locator('#error', { hasText: /not stored in this browser/ }).waitFor()
    await page.context().setOffline(false)
    await page.click('#large-download')
    await page.getByText('Kept in this browser').waitFor()
    await page.context().close()
  })

  test('two pages fetch it once', async () => {
    const { page } = await site.visit()
    const other = await page.context().newPage()
    await other.goto(site.url)
    hub.requests.splice(0)
    await Promise.all([download(page), download(other)])
    await Promise.all([page, other].map((one) => one.getByText('Kept in this browser').waitFor()))
    expect(hub.requests.filter(({ host, path }) => host === 'cdn' && path.endsWith(weights))).toHaveLength(1)
    await page.context().close()
  })
})

async function download(page: Page): Promise<void> {
  await page.check('input[value=large]')
  await page.click('#large-download')
}
