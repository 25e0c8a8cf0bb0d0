import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openSite, type Site } from './page.ts'
import { sample } from './visitor.ts'

describe.skipIf(!hasChromium)('the picture under fingers and wheel', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  interface Finger {
    readonly from: readonly [number, number]
    readonly to: readonly [number, number]
  }

  /** Moves fingers over the screen, as the browser's own tools do it. */
  async function move(page: Page, ...fingers: readonly Finger[]): Promise<void> {
    const tools = await page.context().newCDPSession(page)
    const steps = 12
    for (let step = 0; step <= steps; step++) {
      const at = (from: number, to: number) => from + ((to - from) * step) / steps
      const touchPoints = fingers.map(({ from, to }, id) => ({ id, x: at(from[0], to[0]), y: at(from[1], to[1]) }))
      await tools.send('Input.dispatchTouchEvent', { type: step === 0 ? 'touchStart' : 'touchMove', touchPoints })
      await page.waitForTimeout(16)
    }
    await tools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await page.waitForTimeout(300)
  }

  async function visit(size: { width: number; height: number }, hasTouch: boolean) {
    const { page } = await site.visit({ viewport: size, hasTouch, isMobile: hasTouch })
    // A finger neither drops nor pastes.
    expect(await page.getByText('Begin with a small picture').isVisible()).toBe(hasTouch)
    await page.setInputFiles('#file', sample)
    await page.locator('#caption', { hasText: 'sample.png' }).waitFor()
    const box = (await page.locator('#canvas').boundingBox())!
    const middle = [box.x + box.width / 2, box.y + box.height / 2] as const
    const scrolled = () => page.evaluate('scrollY') as Promise<number>
    const picture = () => page.locator('#canvas').screenshot()
    return { page, middle, scrolled, picture }
  }

  test('one finger scrolls the page; two enlarge the picture, and then one moves it', async () => {
    const { page, middle, scrolled, picture } = await visit({ width: 360, height: 740 }, true)
    const [x, y] = middle
    await move(page, { from: [x, y + 100], to: [x, y - 100] })
    expect(await scrolled()).toBeGreaterThan(100)
    await page.evaluate('scrollTo(0, 0)')
    const fitted = await picture()
    await move(page, { from: [x + 100, y], to: [x - 60, y] })
    expect((await picture()).equals(fitted)).toBe(true)

    await move(page, { from: [x - 20, y - 10], to: [x - 90, y - 80] }, { from: [x + 20, y + 10], to: [x + 90, y + 80] })
    const enlarged = await picture()
    expect(enlarged.equals(fitted)).toBe(false)
    expect(await scrolled()).toBe(0)
    await move(page, { from: [x, y + 60], to: [x, y - 60] })
    expect((await picture()).equals(enlarged)).toBe(false)
    expect(await scrolled()).toBe(0)

    await move(page, { from: [x - 90, y - 80], to: [x - 5, y - 5] }, { from: [x + 90, y + 80], to: [x + 5, y + 5] })
    expect((await picture()).equals(fitted)).toBe(true)
    await page.context().close()
  })

  test('it cannot be dragged out of sight; what would change nothing while all of it shows cannot be pressed', async () => {
    const { page, middle } = await visit({ width: 800, height: 600 }, false)
    const zoomOut = () => page.isDisabled('#zoom-out')
    const isDrawn = () =>
      page.evaluate(() => {
        const { width, height } = document.querySelector('canvas')!
        const { data } = document.querySelector('canvas')!.getContext('2d')!.getImageData(0, 0, width, height)
        return data.some((value) => value !== 0)
      })
    await expect.poll(zoomOut).toBe(true)
    expect(await page.isDisabled('#zoom-fit')).toBe(true)
    await page.click('#zoom-in')
    await expect.poll(zoomOut).toBe(false)
    for (let time = 0; time < 4; time++) {
      await page.mouse.move(...middle)
      await page.mouse.down()
      await page.mouse.move(middle[0] + 350, middle[1] + 150, { steps: 4 })
      await page.mouse.up()
    }
    await page.waitForTimeout(100)
    expect(await isDrawn()).toBe(true)
    // Who fits it with the keyboard is left on a button that works.
    await page.focus('#zoom-fit')
    await page.keyboard.press('Enter')
    await expect.poll(zoomOut).toBe(true)
    expect(await page.evaluate('document.activeElement.id')).toBe('zoom-in')
    await page.context().close()
  })

  test('the wheel scrolls the page until the picture is enlarged by it and the Ctrl key', async () => {
    const { page, middle, scrolled, picture } = await visit({ width: 800, height: 600 }, false)
    const fitted = await picture()
    await page.mouse.move(...middle)
    await page.mouse.wheel(0, 200)
    await expect.poll(scrolled).toBeGreaterThan(100)
    await page.evaluate('scrollTo(0, 0)')
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -300)
    await page.keyboard.up('Control')
    await expect.poll(async () => (await picture()).equals(fitted)).toBe(false)
    await page.mouse.wheel(0, 300)
    await expect.poll(async () => (await picture()).equals(fitted)).toBe(true)
    expect(await scrolled()).toBe(0)
    await page.context().close()
  })
})
