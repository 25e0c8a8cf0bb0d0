import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openSite, type Site } from './page.ts'
import { openTabs, type Tabs } from './tabs.ts'

describe.skipIf(!hasChromium)('a tab behind another', () => {
  let site: Site
  let tabs: Tabs
  beforeAll(async () => {
    site = await openSite()
    tabs = await openTabs()
  })
  afterAll(async () => {
    await tabs?.close()
    await site?.close()
  })

  test('goes on with its run, and shows what became of it when it is in front again', async () => {
    const page = await tabs.open(site.url)
    await page.until(`document.querySelector('.dot.on') !== null`)
    await page.evaluate(`document.getElementById('sample').click()`)
    await page.until(`!document.getElementById('start').disabled`)
    await page.evaluate(`document.getElementById('steps').value = 12; document.getElementById('start').click()`)
    await page.until(`/^Step \\d/.test(document.getElementById('stage-name').textContent)`)

    const other = await tabs.open('about:blank')
    await page.until(`document.visibilityState === 'hidden'`)
    expect(await page.evaluate(`document.getElementById('finished').hidden`)).toBe(true)
    await page.until(`!document.getElementById('finished').hidden`)
    expect(await page.evaluate(`[document.visibilityState, document.getElementById('error').hidden]`)).toEqual([
      'hidden',
      true,
    ])
    expect(await page.evaluate(`document.title`)).not.toContain('%')

    await other.close()
    await page.until(`document.visibilityState === 'visible'`)
    // Not a preview any more.
    expect(await page.evaluate(`document.getElementById('badge-after').textContent`)).toBe('After')
    // The larger picture is drawn to the right of the border.
    const right = `(() => {
      const { width, height } = document.getElementById('canvas')
      return [...document.getElementById('canvas').getContext('2d').getImageData(width * 0.6, height / 2, 64, 1).data].join()
    })()`
    const before = `(async () => {
      document.getElementById('split').value = 100
      document.getElementById('split').dispatchEvent(new Event('input'))
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
    })()`
    const result = await page.evaluate(right)
    await page.evaluate(before)
    expect(await page.evaluate(right)).not.toBe(result)
  })
})
