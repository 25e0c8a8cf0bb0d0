import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32, deflateSync } from 'node:zlib'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openSite, type Site, seriousFindings } from './page.ts'
import { drop, sample, setSteps, tinyGif } from './visitor.ts'

/** 10×8 grey pixels of 16 bits. */
const deepPicture = fileURLToPath(
  new URL('../../../packages/backend-web/src/__fixtures__/png/gray16.png', import.meta.url),
)

// Needs Chromium: apt-get install chromium, or its path in LATENTKIT_CHROMIUM.
describe.skipIf(!hasChromium)('the page', () => {
  let site: Site
  let folder: string
  beforeAll(async () => {
    site = await openSite()
    folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  })
  afterAll(async () => {
    await site?.close()
    await rm(folder, { recursive: true })
  })

  test('a dropped picture becomes four times as large, can be compared and downloaded', async () => {
    const { page, problems } = await site.visit()
    await page.waitForSelector('.dot.on')
    expect(await seriousFindings(page)).toEqual([])
    expect(await page.textContent('#device-name')).toMatch(/Runs on the processor, (one thread|\d threads)\./)
    expect(await page.textContent('#device-notes')).toMatch(/The graphics card is not used: /)

    await drop(page, sample, 'cup.png')
    await page.getByText(/^Takes .+ on this device\.$/).waitFor()
    await setSteps(page, 2)
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    expect(await page.textContent('#summary')).toMatch(/^512×400 pixels in /)
    expect(await page.textContent('#plan')).toMatch(/^These settings give the same picture/)
    expect(await page.isHidden('#estimate')).toBe(true)
    const seed = await page.inputValue('#seed')
    await page.$eval('#dice', (button: HTMLButtonElement) => button.click())
    expect(await page.textContent('#plan')).toMatch(/^128×100 pixels become 512×400/)
    await page.$eval(
      '#seed',
      (input: HTMLInputElement, old) => {
        input.value = old
        input.dispatchEvent(new Event('change', { bubbles: true }))
      },
      seed,
    )
    expect(await page.textContent('#plan')).toMatch(/^These settings give the same picture/)
    expect(await seriousFindings(page)).toEqual([])

    await page.focus('#split')
    await page.keyboard.press('ArrowRight')
    expect(await page.inputValue('#split')).toBe('51')
    const before = await page.locator('#viewer').screenshot()
    await page.focus('#canvas')
    await page.keyboard.press('+')
    await page.waitForTimeout(100)
    expect((await page.locator('#viewer').screenshot()).equals(before)).toBe(false)

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
    expect(download.suggestedFilename()).toBe('cup-4x.png')
    const png = await readFile(await download.path())
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([512, 400])
    expect(png.toString('utf8')).toContain('"steps":2')
    const [receipt] = await Promise.all([page.waitForEvent('download'), page.click('#receipt')])
    const told = JSON.parse(await readFile(await receipt.path(), 'utf8'))
    const hash = async (path: string | URL) =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
    expect(told).toMatchObject({
      runtime: expect.stringMatching(/^onnxruntime-web \d+\.\d+/),
      device: 'wasm',
      model: { name: 'ldm-sr-tiny' },
      picture: { name: 'cup.png', sha256: await hash(sample) },
      settings: { steps: 2, seed: '0' },
    })
    const weights = Object.entries(modelFiles).filter(([path]) => path.endsWith('.safetensors'))
    const hashes = await Promise.all(weights.map(async ([path, url]) => [path, await hash(new URL(url))]))
    expect(told.model.weights).toEqual(Object.fromEntries(hashes))
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('half precision is not offered on the processor, which would refuse it', async () => {
    const { page, problems } = await site.visit()
    await page.waitForSelector('.dot.on')
    await drop(page, sample, 'cup.png')
    await page.click('#settings summary')
    expect(await page.isVisible('#half')).toBe(false)
    // As if a graphics card had it; none of the test machine's does.
    await page.evaluate(() => document.getElementById('half-field')?.removeAttribute('hidden'))
    await page.check('#half')
    expect(await seriousFindings(page)).toEqual([])
    await page.click('#start')
    await page.getByText(/Precision is "float16"; expected float32/).waitFor()
    await setSteps(page, 1)
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('a 16-bit picture becomes a 16-bit picture', async () => {
    const { page, problems } = await site.visit()
    await page.setInputFiles('#file', deepPicture)
    await setSteps(page, 1)
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
    const png = await readFile(await download.path())
    expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24]]).toEqual([40, 32, 16])
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('cancel ends a run within a step, and the next one works', async () => {
    const { page, problems } = await site.visit()
    await page.click('#sample')
    await setSteps(page, 100)
    await page.click('#start')
    await page.getByText('Step 2 of 100').waitFor()
    await page.click('#cancel')
    await page.waitForSelector('#running', { state: 'hidden', timeout: 3000 })
    expect(await page.textContent('#status')).toBe('Cancelled.')
    expect(await page.isHidden('#error')).toBe(true)
    await setSteps(page, 1)
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('what goes wrong is said in words, and a good picture works afterwards', async () => {
    const { page } = await site.visit()
    const huge = blackPng(20_000)
    const cases: readonly (readonly [string, string | Buffer, RegExp])[] = [
      ['letter.png', '%PDF-1.7', /cannot be read.*letter\.png: is a PDF document, not a picture/i],
      ['nothing.png', '', /nothing\.png: is empty/i],
      [
        'drawing.svg',
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
        /drawing\.svg: is an SVG drawing, not a picture made of pixels/i,
      ],
      ['huge.png', huge, /20000×20000 pixels, more than the 100 million/],
      ['cut.png', (await readFile(sample)).subarray(0, 900), /cut\.png: is damaged or cut off/i],
    ]
    for (const [name, content, message] of cases) {
      await writeFile(join(folder, name), content)
      await page.setInputFiles('#file', join(folder, name))
      await page.locator('#error', { hasText: message }).waitFor({ timeout: 5_000 })
    }
    // The device is found meanwhile, and takes nothing back of what was said about the picture.
    await page.waitForSelector('.dot.on')
    expect(await page.textContent('#error')).toMatch(/cut\.png/i)
    await page.setInputFiles('#file', sample)
    await page.locator('#error').waitFor({ state: 'hidden' })
    await page.selectOption('#device', 'webgpu', { force: true })
    await page.locator('#error', { hasText: /no graphics adapter/ }).waitFor()
    await page.selectOption('#device', 'wasm', { force: true })
    await page.locator('#error').waitFor({ state: 'hidden' })
    await page.setInputFiles('#folder', folder)
    await page.locator('#error', { hasText: /holds no model_index\.json/ }).waitFor()
    await page.context().close()
  })

  test('without isolation it runs on one thread and says so; of an animation the first frame is used, and that is said', async () => {
    const { page } = await site.visit({ serviceWorkers: 'block' })
    await page.route('**/*', async (route) => {
      const answer = await route.fetch()
      const { 'cross-origin-opener-policy': _, 'cross-origin-embedder-policy': __, ...headers } = answer.headers()
      // On a machine of one core one thread would be the choice anyway.
      const fourCores = 'Object.defineProperty(navigator, "hardwareConcurrency", { get: () => 4 });'
      const isWorker = /runtime-worker[^/]*\.js/.test(route.request().url())
      const body = isWorker ? `${fourCores}${await answer.text()}` : await answer.body()
      await route.fulfill({ response: answer, headers, body })
    })
    await page.reload()
    await page.waitForSelector('.dot.on')
    expect(await page.evaluate('crossOriginIsolated')).toBe(false)
    expect(await page.textContent('#device-name')).toMatch(/one thread/)
    expect(await page.textContent('#device-notes')).toMatch(/One processor core is used/)
    await page.setInputFiles('#file', tinyGif('moving.gif'))
    await page.getByText('3×2 pixels become 12×8. Of an animation the first frame is used.').waitFor()
    await page.context().close()
  })

  test('over plain http it says that several cores need https, not that the page should be loaded again', async () => {
    const { page } = await site.visit()
    // An address of the network; all it would send comes from the site. On a machine of one core nothing is told.
    await page.route('http://192.0.2.7/**', async (route) => {
      const path = new URL(route.request().url()).pathname
      const answer = await route.fetch({ url: new URL(`.${path}`, site.url).href })
      const fourCores = 'Object.defineProperty(navigator, "hardwareConcurrency", { get: () => 4 });'
      const isWorker = /runtime-worker[^/]*\.js/.test(path)
      const body = isWorker ? `${fourCores}${await answer.text()}` : await answer.body()
      await route.fulfill({ response: answer, body })
    })
    await page.goto('http://192.0.2.7/')
    await page.waitForSelector('.dot.on')
    expect(await page.evaluate('isSecureContext')).toBe(false)
    expect(await page.textContent('#device-notes')).toMatch(
      /One processor core is used\. To use several, open this page over https/,
    )
    await page.context().close()
  })

  test('no form can send anything away', async () => {
    const { page } = await site.visit()
    const violated = await page.evaluate(() => {
      const form = document.createElement('form')
      form.action = 'https://elsewhere.test/'
      document.body.append(form)
      return new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective))
        setTimeout(resolve, 3000, 'nothing')
        form.submit()
      })
    })
    expect(violated).toBe('form-action')
    await page.context().close()
  })

  test('a pasted picture is taken', async () => {
    const { page } = await site.visit()
    const bytes = (await readFile(sample)).toString('base64')
    await page.evaluate((content) => {
      const clipboardData = new DataTransfer()
      const binary = Uint8Array.from(atob(content), (character) => character.charCodeAt(0))
      clipboardData.items.add(new File([binary], 'pasted.png', { type: 'image/png' }))
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
    }, bytes)
    await page.locator('#caption', { hasText: 'pasted.png · 128×100' }).waitFor()
    await page.context().close()
  })

  test('a large picture is offered to be reduced first', async () => {
    const { page } = await site.visit()
    await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(800, 600)
      canvas.getContext('2d')?.fillRect(0, 0, 400, 300)
      const blob = await canvas.convertToBlob()
      const data = new DataTransfer()
      data.items.add(new File([blob], 'large.png', { type: blob.type }))
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }))
    })
    await page.getByText('296×222 pixels become 1184×888.').waitFor()
    expect(await page.getByLabel(/A copy reduced to 296×222/).isChecked()).toBe(true)
    await page.getByLabel(/The whole picture, 800×600/).check()
    await page.getByText('800×600 pixels become 3200×2400.').waitFor()
    await page.context().close()
  })

  test('the seed that is shown is the one that is used, and any whole number can be', async () => {
    const { page } = await site.visit()
    await page.waitForSelector('.dot.on')
    await page.click('#settings summary')
    for (const [typed, used] of [
      ['1.5', '1'],
      ['', '0'],
      ['1e3', '1000'],
      ['-5', '-5'],
      ['123456789012345678901', '123456789012345678901'],
    ] as const) {
      await page.fill('#seed', typed)
      await page.press('#seed', 'Tab')
      expect(await page.inputValue('#seed')).toBe(used)
    }
    await page.setInputFiles('#file', tinyGif('tiny.gif'))
    await setSteps(page, 1)
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    const [receipt] = await Promise.all([page.waitForEvent('download'), page.click('#receipt')])
    const { settings } = JSON.parse(await readFile(await receipt.path(), 'utf8'))
    expect(settings.seed).toBe('123456789012345678901')
    await page.context().close()
  })

  test('nothing hangs over the edge of a small screen, and dark colours are readable', async () => {
    const viewport = { width: 360, height: 740 }
    const { page } = await site.visit({ viewport, colorScheme: 'dark', hasTouch: true })
    const looksRight = async () => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.setInputFiles('#file', tinyGif('tiny.gif'))
    await page.click('summary')
    await looksRight()
    await setSteps(page, 100)
    await page.click('#start')
    await page.getByText(/Step \d+ of 100/).waitFor()
    await looksRight()
    await page.waitForSelector('#finished:not([hidden])')
    await looksRight()
    await page.context().close()
  })

  test('once used, the page works without a network', async () => {
    const { page } = await site.visit()
    const enlarge = async () => {
      await page.click('#sample')
      await setSteps(page, 1)
      await page.click('#start')
      await page.waitForSelector('#finished:not([hidden])')
    }
    await enlarge()
    await site.stopServer()
    await page.context().setOffline(true)
    await page.reload()
    await page.waitForSelector('.dot.on')
    await enlarge()
    expect(await page.textContent('#summary')).toMatch(/^512×400/)
  })
})

/** A whole PNG of black pixels, one bit each: 49 kB for 20,000×20,000. */
function blackPng(side: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 1
  const rows = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side))
  const chunk = (name: string, body: Uint8Array) => {
    const content = Buffer.concat([Buffer.from(name), body])
    const numbers = Buffer.alloc(8)
    numbers.writeUInt32BE(body.length, 0)
    numbers.writeUInt32BE(crc32(content), 4)
    return Buffer.concat([numbers.subarray(0, 4), content, numbers.subarray(4)])
  }
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', new Uint8Array())])
}
