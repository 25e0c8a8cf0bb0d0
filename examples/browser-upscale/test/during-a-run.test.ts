import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openSite, type Site } from './page.ts'
import { sample, setSteps, tinyGif } from './visitor.ts'

describe.skipIf(!hasChromium)('while a picture is enlarged', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  /** With the sample, half a minute and more; a tiny picture may be there before anything can be clicked. */
  async function startLongRun(page: Page): Promise<void> {
    await setSteps(page, 100)
    await page.click('#start')
    await page.getByText(/Step \d+ of 100/).waitFor()
  }

  test('model and device stay as they are, and the focus is where the next step is', async () => {
    const { page, problems } = await site.visit()
    const setup = page.locator('input[name=model], #device')
    const states = () => setup.evaluateAll((controls: HTMLInputElement[]) => controls.map(({ disabled }) => disabled))
    const focused = () => page.evaluate('document.activeElement.id')
    await page.setInputFiles('#file', sample)
    await setSteps(page, 100)
    await page.focus('#start')
    await page.keyboard.press('Enter')
    await page.getByText(/Step \d+ of 100/).waitFor()
    expect(await states()).toEqual([true, true, true, true])
    expect(await focused()).toBe('cancel')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#running', { state: 'hidden' })
    expect(await states()).toEqual([false, false, false, false])
    expect(await focused()).toBe('start')
    await setSteps(page, 1)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#finished:not([hidden])')
    expect(await focused()).toBe('download')
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('the picture that was finished before is there again when the run is cancelled', async () => {
    const { page } = await site.visit()
    await page.setInputFiles('#file', sample)
    await setSteps(page, 1)
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    const before = await page.locator('#canvas').screenshot()
    await startLongRun(page)
    await page.getByText('Taking shape').waitFor()
    await page.click('#cancel')
    await page.waitForSelector('#finished:not([hidden])')
    expect(await page.textContent('#badge-after')).toBe('After')
    expect((await page.locator('#canvas').screenshot()).equals(before)).toBe(true)
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
    expect(download.suggestedFilename()).toBe('sample-4x.png')
    await page.context().close()
  })

  test('memory that runs out is told, and the run goes on in smaller tiles', async () => {
    const { page } = await site.visit()
    await page.addInitScript(() => {
      const send = Worker.prototype.postMessage
      let failed = false
      Worker.prototype.postMessage = function (message, ...rest: unknown[]) {
        const large = message.kind === 'run' && message.body.inputs.sample?.shape[3] > 100
        if (!large || failed) return send.call(this, message, ...(rest as []))
        failed = true
        const data = { id: message.id, error: 'std::bad_alloc' }
        setTimeout(() => this.dispatchEvent(new MessageEvent('message', { data })))
      }
    })
    await page.reload()
    await page.setInputFiles('#file', sample)
    await setSteps(page, 1)
    await page.click('#start')
    await page.getByText(/^Memory ran out: going on in tiles of/).waitFor()
    await page.waitForSelector('#finished:not([hidden])')
    expect(await page.textContent('#summary')).toMatch(/^512×400 pixels in .*Memory ran out: going on in tiles of/)
    await page.context().close()
  })

  test('of pictures drawn before only those in sight stay in memory', async () => {
    const { page } = await site.visit()
    await page.addInitScript(() => {
      const [make, { close }] = [createImageBitmap, ImageBitmap.prototype]
      const open = new Set<ImageBitmap>()
      const tell = () => {
        document.documentElement.dataset.open = `${open.size}`
      }
      Object.assign(globalThis, {
        async createImageBitmap(source: ImageBitmapSource) {
          const made = await make(source)
          open.add(made)
          tell()
          return made
        },
      })
      ImageBitmap.prototype.close = function () {
        open.delete(this)
        tell()
        close.call(this)
      }
    })
    await page.reload()
    await page.setInputFiles('#file', tinyGif('tiny.gif'))
    await setSteps(page, 1)
    for (let time = 0; time < 2; time++) {
      await page.click('#start')
      await page.waitForSelector('#finished:not([hidden])')
      expect(await page.getAttribute('html', 'data-open')).toBe('2')
    }
    await startLongRun(page)
    await page.click('#cancel')
    await page.waitForSelector('#finished:not([hidden])')
    expect(await page.getAttribute('html', 'data-open')).toBe('2')
    await page.context().close()
  })

  test('a file that cannot be read is told, and the run goes on', async () => {
    const { page } = await site.visit()
    await page.setInputFiles('#file', tinyGif('tiny.gif'))
    await startLongRun(page)
    await page.setInputFiles('#file', { name: 'letter.png', mimeType: 'image/png', buffer: Buffer.from('%PDF-1.7') })
    await page.locator('#error', { hasText: /^This picture cannot be readletter\.png: is a PDF document/ }).waitFor()
    await page.waitForSelector('#finished:not([hidden])')
    expect(await page.textContent('#summary')).toMatch(/^12×8 pixels/)
    await page.context().close()
  })

  test('another picture ends it; of two the later one counts, however long the earlier one takes to read', async () => {
    const { page } = await site.visit()
    await page.setInputFiles('#file', sample)
    await startLongRun(page)
    await page.evaluate(async () => {
      const draw = async (side: number, name: string) => {
        const canvas = new OffscreenCanvas(side, side)
        canvas.getContext('2d')!.fillRect(0, 0, side / 2, side)
        return new File([await canvas.convertToBlob()], name, { type: 'image/png' })
      }
      for (const file of [await draw(3000, 'large.png'), await draw(4, 'small.png')]) {
        const dataTransfer = new DataTransfer()
        dataTransfer.items.add(file)
        document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }))
      }
    })
    await page.waitForSelector('#running', { state: 'hidden' })
    await page.waitForTimeout(1500)
    expect(await page.textContent('#caption')).toBe('small.png · 4×4')
    expect(await page.textContent('#status')).toBe('small.png is ready.')
    await page.context().close()
  })
})
