import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openSite, type Site } from './page.ts'
import { dropPhoto, sample, setSteps } from './visitor.ts'

/** A file that is no picture; its long name has no place to break. */
const noPicture = { name: `${'x'.repeat(120)}.png`, mimeType: 'image/png', buffer: Buffer.from('%PDF-1.7') }

describe.skipIf(!hasChromium)('whatever people see it with', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  const focused = (page: Page) => page.evaluate('document.activeElement.id')

  async function enlarge(page: Page): Promise<void> {
    await page.setInputFiles('#file', sample)
    await page.locator('#caption', { hasText: 'sample.png' }).waitFor()
    await setSteps(page, 1)
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
  }

  test.each(['reduce', 'no-preference'] as const)(
    'what went wrong comes into sight, whole; motion: %s',
    async (reducedMotion) => {
      const { page } = await site.visit({ viewport: { width: 320, height: 560 }, reducedMotion })
      await page.waitForSelector('.dot.on')
      await page.evaluate(() => {
        const scroll = Element.prototype.scrollIntoView
        Element.prototype.scrollIntoView = function (options) {
          document.body.dataset.behavior = (options as ScrollIntoViewOptions).behavior
          scroll.call(this, options)
        }
      })
      await page.focus('summary')
      await page.evaluate('scrollTo(0, 1e6)')
      await page.setInputFiles('#file', noPicture)
      await page.waitForSelector('#error:not([hidden])')
      const place = () =>
        page.evaluate(() => {
          const { top, bottom } = document.getElementById('error')!.getBoundingClientRect()
          return top >= 0 && bottom <= innerHeight
        })
      await expect.poll(place).toBe(true)
      expect(await page.evaluate('document.body.dataset.behavior')).toBe(reducedMotion === 'reduce' ? 'auto' : 'smooth')
      expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY')
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
      const box = page.locator('#error')
      expect(await box.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
      await page.context().close()
    },
  )

  test.each(['100%', '200%'])('at 320 pixels with text at %s all labels of buttons are whole', async (size) => {
    const { page } = await site.visit({ viewport: { width: 320, height: 640 } })
    await page.evaluate((fontSize) => document.documentElement.style.setProperty('font-size', fontSize), size)
    const cut = () =>
      page.evaluate(() => {
        const buttons = [...document.querySelectorAll('button')].filter((button) => button.clientWidth > 0)
        const isCut = (button: HTMLElement) =>
          button.scrollWidth > button.clientWidth || button.scrollHeight > button.clientHeight
        return [
          ...buttons.filter(isCut).map(({ textContent }) => textContent),
          ...(document.documentElement.scrollWidth > 320 ? [`page ${document.documentElement.scrollWidth}`] : []),
        ]
      })
    expect(await cut()).toEqual([])
    await page.click('#settings summary')
    await dropPhoto(page, 800, 600, 'photo.jpg')
    expect(await cut()).toEqual([])
    await enlarge(page)
    await page.check('input[value=large]')
    expect(await cut()).toEqual([])
    await page.context().close()
  })

  test('with forced colours the handle is there, and the keyboard’s focus on it', async () => {
    const { page } = await site.visit({ forcedColors: 'active' })
    await enlarge(page)
    const viewer = () => page.locator('#viewer').screenshot()
    const shown = await viewer()
    await page.focus('#split')
    // Focus by the keyboard.
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowLeft')
    expect((await viewer()).equals(shown)).toBe(false)
    await page.evaluate(() => document.getElementById('split')!.style.setProperty('opacity', '0'))
    expect((await viewer()).equals(shown)).toBe(false)
    await page.context().close()
  })

  test('the focus is never lost when a picture takes the place of what had it', async () => {
    const { page } = await site.visit()
    await page.waitForSelector('.dot.on')
    await page.focus('#sample')
    await page.keyboard.press('Enter')
    await page.locator('#caption', { hasText: 'coffee.png' }).waitFor()
    await expect.poll(() => focused(page)).toBe('start')
    await page.reload()
    await page.waitForSelector('.dot.on')
    await page.focus('#pick')
    await dropPhoto(page, 2000, 1500, 'photo.jpg')
    await expect.poll(() => focused(page)).toBe('reduce-first')
    await page.context().close()
  })
})
