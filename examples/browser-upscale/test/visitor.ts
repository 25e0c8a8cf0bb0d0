/** What visitors of the page do. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright'

export const sample: string = join(import.meta.dirname, '../public/sample.png')

/** An animation of two frames, 3×2 pixels. */
const twoFrames =
  'R0lGODlhAwACAIAAAExpcf8AACH/C05FVFNDQVBFMi4wAwEAAAAh+QQFCgAAACwAAAAAAwACAAACAoxfACH5BAUKAAAALAAAAAADAAIAgExpcQAA/wICjF8AOw=='

/** The smallest picture that can be enlarged, as a file to be picked. */
export function tinyGif(name: string): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: 'image/gif', buffer: Buffer.from(twoFrames, 'base64') }
}

export async function setSteps(page: Page, steps: number): Promise<void> {
  // The model's own number of steps is set when it has been opened.
  await page.waitForSelector('.dot.on')
  await page.waitForSelector('#start:not([disabled])')
  await page.evaluate(`document.getElementById('steps').value = ${steps}`)
}

export async function drop(page: Page, path: string, name: string): Promise<void> {
  const bytes = (await readFile(path)).toString('base64')
  const transfer = await page.evaluateHandle(
    ([content, fileName]) => {
      const data = new DataTransfer()
      const binary = Uint8Array.from(atob(content!), (character) => character.charCodeAt(0))
      data.items.add(new File([binary], fileName!, { type: 'image/png' }))
      return data
    },
    [bytes, name],
  )
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer })
}

/** Drops a photograph as cameras make them, of this size. */
export async function dropPhoto(page: Page, width: number, height: number, name: string): Promise<void> {
  await page.evaluate(
    async (photo) => {
      const canvas = new OffscreenCanvas(photo.width, photo.height)
      canvas.getContext('2d')!.fillRect(0, 0, photo.width / 2, photo.height)
      const blob = await canvas.convertToBlob({ type: 'image/jpeg' })
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([blob], photo.name, { type: blob.type }))
      document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }))
    },
    { width, height, name },
  )
  await page.locator('#caption', { hasText: `${name} · ${width}×${height}` }).waitFor()
}
