import { encodeImage } from '@latentkit/backend-web'
import type { RasterImage } from '@latentkit/core'
import { element } from './elements.ts'
import { explainError } from './explain-error.ts'
import { showProblem } from './problem-box.ts'

/** A finished picture, and how it was made. */
export interface Result {
  /** Name of the small picture's file. */
  readonly name: string
  /** What was enlarged: the small picture, reduced if that was wished. */
  readonly before: RasterImage
  readonly image: RasterImage
  readonly receipt: Readonly<Record<string, unknown>>
}

/** Saves what `current` gives when its buttons are pressed. */
export function offerFiles(current: () => Result | undefined): void {
  element('download').addEventListener('click', async () => {
    const result = current()
    if (!result) return
    try {
      const text = { Software: 'Latentkit' }
      save(await encodeImage(result.image, { text, receipt: result.receipt }), `${baseName(result.name)}-4x.png`)
    } catch (error) {
      showProblem('run', explainError(error))
    }
  })
  element('receipt').addEventListener('click', () => {
    const result = current()
    const text = JSON.stringify(result?.receipt, undefined, 2)
    if (result) save(new Blob([text], { type: 'application/json' }), `${baseName(result.name)}-4x.json`)
  })
}

function save(blob: Blob, name: string): void {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name })
  link.click()
  // The browser takes the file some time after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

const baseName = (name: string): string => name.replace(/\.\w+$/, '')
