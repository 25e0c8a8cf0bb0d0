import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shortcoming } from '../src/picture-size.ts'
import { hasChromium, openSite, type Site, seriousFindings } from './page.ts'
import { dropPhoto, sample, setSteps } from './visitor.ts'

test('a result is called larger where it clearly is', () => {
  const result = { width: 1184, height: 888 }
  expect(shortcoming(result, { width: 800, height: 600 })).toBe('')
  expect(shortcoming(result, { width: 1000, height: 750 })).toBe('hardly larger than')
  expect(shortcoming(result, { width: 1200, height: 900 })).toBe('smaller than')
})

describe.skipIf(!hasChromium)('a picture that is large already', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  test('is enlarged as the visitor says, who knows what becomes of it and when', async () => {
    const { page, problems } = await site.visit()
    await page.waitForSelector('.dot.on')
    await dropPhoto(page, 1200, 900, 'photo.jpg')
    expect(await page.isDisabled('#start')).toBe(true)
    expect(await page.textContent('#plan')).toBe('Your picture is large already (1200×900): choose what to enlarge.')
    expect(await page.textContent('#reduce-copy-becomes')).toMatch(/^Becomes 1184×888, smaller than your picture\./)
    expect(await page.textContent('#reduce-all-becomes')).toMatch(/^Becomes 4800×3600\. Takes /)
    await page.locator('#reduce-all-becomes', { hasText: /Takes about \d+ (s|min)\.$/ }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByLabel(/A copy reduced to 296×222/).check()
    expect(await page.textContent('#plan')).toBe(
      '296×222 pixels become 1184×888. The result will be smaller than your picture, 1200×900.',
    )
    expect(await page.textContent('#estimate')).toMatch(/^Takes .* on this device\.$/)

    await setSteps(page, 1)
    await page.click('#start')
    await page.waitForSelector('#finished:not([hidden])')
    expect(await page.textContent('#summary')).toMatch(
      /^1184×888 pixels in .+\. That is smaller than your picture, 1200×900: for a larger one, choose “The whole picture” and enlarge again\. Takes about \d+ (s|min) on this device\./,
    )
    expect(await page.textContent('#badge-before')).toBe('Before, reduced')
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
    expect(download.suggestedFilename()).toBe('photo-1184x888.png')
    const [receipt] = await Promise.all([page.waitForEvent('download'), page.click('#receipt')])
    expect(receipt.suggestedFilename()).toBe('photo-1184x888.json')
    const { picture } = JSON.parse(await readFile(await receipt.path(), 'utf8'))
    expect(picture).toMatchObject({ name: 'photo.jpg', reducedTo: '296×222' })
    expect(problems).toEqual([])
    await page.context().close()
  })

  test('what was chosen for one picture is not chosen for the next', async () => {
    const { page } = await site.visit()
    await dropPhoto(page, 800, 600, 'first.jpg')
    await page.getByLabel(/The whole picture/).check()
    await dropPhoto(page, 800, 600, 'second.jpg')
    expect(await page.getByLabel(/A copy reduced to/).isChecked()).toBe(true)
    await dropPhoto(page, 2000, 1500, 'third.jpg')
    expect(await page.locator('input[name=reduce]:checked').count()).toBe(0)
    await page.setInputFiles('#file', sample)
    await page.locator('#caption', { hasText: 'sample.png' }).waitFor()
    expect(await page.isHidden('#reduce')).toBe(true)
    await page.context().close()
  })

  test('is not measured in time where memory cannot hold it: that is said', async () => {
    const { page } = await site.visit()
    await page.waitForSelector('.dot.on')
    await dropPhoto(page, 6000, 4000, 'huge.jpg')
    await page.locator('#reduce-all-becomes', { hasText: 'Needs more memory than this page may use.' }).waitFor()
    await page.context().close()
  })
})
