import { downloadBlob, encodeImage } from '@latentkit/backend-web'
import type { RasterImage } from '@latentkit/core'
import type { Receipt } from '@latentkit/models-ldm'
import { element } from './elements.ts'
import { explainError } from './explain-error.ts'
import type { RunTimes } from './pace.ts'
import { showProblem } from './problem-box.ts'

/** A finished picture, and how it was made. */
export interface Result {
  /** Name of the small picture's file. */
  readonly name: string
  /** What was enlarged: the small picture, reduced if that was wished. */
  readonly before: RasterImage
  readonly reduced: boolean
  readonly image: RasterImage
  /** How long it took. */
  readonly seconds: number
  /** What of it each part took, where that is known. */
  readonly times: RunTimes | undefined
  /** Weights are read once more for it, unless their hashes are known. */
  readonly receipt: Promise<Receipt>
}

/** Saves what `current` gives when its buttons are pressed. */
export function offerFiles(current: () => Result | undefined): void {
  element('download').addEventListener('click', async () => {
    const result = current()
    if (!result) return
    try {
      const text = { Software: 'Latentkit' }
      const png = await encodeImage(result.image, { text, receipt: await result.receipt })
      downloadBlob(`${resultName(result)}.png`, png)
    } catch (error) {
      showProblem('run', explainError(error))
    }
  })
  element('receipt').addEventListener('click', async () => {
    const result = current()
    if (!result) return
    try {
      const text = JSON.stringify(await result.receipt, undefined, 2)
      downloadBlob(`${resultName(result)}.json`, new Blob([text], { type: 'application/json' }))
    } catch (error) {
      showProblem('run', explainError(error))
    }
  })
}

/** Without an ending. What became of a reduced copy is not four times as large as the picture: it is told by its size. */
function resultName({ name, reduced, image }: Result): string {
  return `${name.replace(/\.\w+$/, '')}-${reduced ? `${image.width}x${image.height}` : '4x'}`
}
