import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openSite, type Site } from './page.ts'
import { sample, setSteps, tinyGif } from './visitor.ts'

describe.skipIf(!hasChromium)('coming to the page and leaving it', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  test('it begins anew when it is loaded again, whatever was chosen before', async () => {
    const { page } = await site.visit()
    await page.waitForSelector('.dot.on')
    await page.check('input[value=large]')
    await page.selectOption('#device', 'wasm', { force: true })
    await page.reload()
    await page.waitForSelector('.dot.on')
    expect(await page.isChecked('input[value=small]')).toBe(true)
    expect(await page.isHidden('#large-state')).toBe(true)
    await page.setInputFiles('#file', sample)
    await page.waitForSelector('#start:not([disabled])')
    // Back from another page, too.
    await page.check('input[value=folder]')
    await page.goto(`${site.url}icon.svg`)
    await page.goBack()
    await page.waitForSelector('.dot.on')
    expect(await page.isChecked('input[value=small]')).toBe(true)
    expect(await page.isHidden('#folder-pick')).toBe(true)
    await page.context().close()
  })

  test('a picture may be started at once, while the browser still keeps the page for use without a network', async () => {
    const { page, problems } = await site.visit()
    await page.addInitScript(() => {
      ServiceWorkerContainer.prototype.register = () => new Promise(() => undefined)
    })
    await page.reload()
    await page.setInputFiles('#file', tinyGif('tiny.gif'))
    await page.waitForSelector('#start:not([disabled])')
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    // The device is found though the browser never says that it keeps the page.
    await page.reload()
    await page.waitForSelector('.dot.on')
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('where its program does not come, as from a file, the page says so', async () => {
    const { page } = await site.visit()
    await page.waitForSelector('.dot.on')
    expect(await page.locator('#not-started').count()).toBe(0)
    const context = await site.browser.newContext({ serviceWorkers: 'block' })
    const visitor = await context.newPage()
    await visitor.route('**/assets/*.js', (route) => route.abort())
    await visitor.goto(site.url)
    // Not while it may still come.
    expect(await visitor.isVisible('#not-started')).toBe(false)
    await visitor.waitForSelector('#not-started:visible')
    await visitor.route('**/assets/*.css', (route) => route.abort())
    await visitor.reload()
    expect(await visitor.isVisible('#not-started')).toBe(true)
    await context.close()
    await page.context().close()
  })

  test('in a frame that may keep nothing and has no service worker it runs all the same', async () => {
    const context = await site.browser.newContext()
    await context.addInitScript(() => {
      const refuse = () => {
        throw new DOMException('The context is sandboxed.', 'SecurityError')
      }
      Object.defineProperty(navigator, 'serviceWorker', { get: refuse })
      StorageManager.prototype.getDirectory = async () => refuse()
      StorageManager.prototype.estimate = async () => refuse()
    })
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(site.url)
    await page.waitForSelector('.dot.on')
    await page.check('input[value=large]')
    await page.locator('#large-text', { hasText: 'kept in this browser' }).waitFor()
    expect(problems).toEqual([])
    await context.close()
  })

  test('leaving asks while a picture is made, and only then', async () => {
    const { page } = await site.visit()
    let asked = 0
    page.on('dialog', (dialog) => {
      asked++
      // Stays while it is asked for the first time.
      void (asked === 1 ? dialog.dismiss() : dialog.accept())
    })
    const overscroll = () => page.evaluate('getComputedStyle(document.documentElement).overscrollBehaviorX')
    await page.click('#sample')
    await setSteps(page, 100)
    expect(await overscroll()).toBe('auto')
    await page.click('#start')
    await page.getByText(/Step \d+ of 100/).waitFor()
    // A swipe to the side would be "back".
    expect(await overscroll()).toBe('none')
    const leave = page.goto(`${site.url}icon.svg`).catch(() => undefined)
    await expect.poll(() => asked).toBe(1)
    await leave
    await page.getByText(/Step \d+ of 100/).waitFor()
    await page.click('#cancel')
    await page.waitForSelector('#running', { state: 'hidden' })
    await page.goto(`${site.url}icon.svg`)
    expect(asked).toBe(1)
    await page.context().close()
  })

  test('of a folder it is said that it is none, of several files the first picture is taken, and that is said', async () => {
    const { page } = await site.visit()
    await dropFiles(page, [import.meta.dirname])
    await page.locator('#error', { hasText: /“test” is a folder/ }).waitFor()
    await dropFiles(page, [import.meta.filename, sample, sample])
    await page.locator('#caption', { hasText: 'sample.png · 128×100' }).waitFor()
    expect(await page.textContent('#plan')).toBe(
      '128×100 pixels become 512×400. Of the 3 files the first picture is used.',
    )
    expect(await page.isHidden('#error')).toBe(true)
    await page.context().close()
  })

  test('while a large photograph is read, in a worker, the page says so', async () => {
    const { page, problems } = await site.visit()
    await page.waitForSelector('.dot.on')
    const worker = page.waitForEvent('worker', (one) => one.url().includes('picture-worker'))
    const told = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(4000, 3000)
      canvas.getContext('2d')!.fillRect(0, 0, 2000, 3000)
      const blob = await canvas.convertToBlob({ type: 'image/jpeg' })
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([blob], 'photo.jpg', { type: blob.type }))
      const ready = () => document.getElementById('caption')?.textContent === 'photo.jpg · 4000×3000'
      let said = ''
      document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }))
      while (!ready()) {
        await new Promise((next) => setTimeout(next))
        const reading = document.getElementById('reading')
        if (reading && !reading.hidden) said = reading.textContent ?? ''
      }
      return { said, hidden: document.getElementById('reading')?.hidden }
    })
    expect(told).toEqual({ said: 'Reading photo.jpg …', hidden: true })
    await worker
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('after a tiny picture the time that a larger one takes is still told right', async () => {
    const { page } = await site.visit()
    const run = async () => {
      await page.click('#start')
      await page.waitForSelector('#finished:not([hidden])')
      await page.waitForSelector('#idle:not([hidden])')
    }
    const seconds = (text: string | null) => {
      const [, count = '1', unit] = /(?:in|about) (?:under a second|(\d+) (s|min))/.exec(text ?? '') ?? []
      return Number(count) * (unit === 'min' ? 60 : 1)
    }
    await page.setInputFiles('#file', tinyGif('tiny.gif'))
    await page.waitForSelector('#start:not([disabled])')
    await page.waitForSelector('.dot.on')
    await run()
    await page.setInputFiles('#file', sample)
    await page.locator('#caption', { hasText: 'sample.png' }).waitFor()
    await page.waitForSelector('#estimate:not([hidden])')
    const told = seconds(await page.textContent('#estimate'))
    await run()
    // Wide, since a machine may have other work; what was told from the tiny picture alone was hundreds of times too much.
    expect(told / seconds(await page.textContent('#summary'))).toBeLessThan(10)
    await page.context().close()
  })
})

/** Drops files or folders of the disk, as the browser's own tools do it. */
async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
  const tools = await page.context().newCDPSession(page)
  const box = (await page.locator('#stage').boundingBox())!
  const data = { items: [], files: [...files], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await tools.send('Input.dispatchDragEvent', { type, x: box.x + 50, y: box.y + 50, data })
  }
}
