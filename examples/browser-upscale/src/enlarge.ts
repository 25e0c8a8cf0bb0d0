import { imageData } from '@latentkit/backend-web'
import type { UpscaleOptions } from '@latentkit/models-ldm'
import type { CompareView, Layer } from './compare-view.ts'
import { createRunClock } from './pace.ts'
import { imageToEnlarge, type Picture } from './picture.ts'
import { sizeText } from './picture-size.ts'
import type { ProgressDisplay } from './progress.ts'
import { describeMade } from './receipt.ts'
import type { Result } from './result-files.ts'
import type { Work } from './time-estimate.ts'
import type { Upscaler } from './upscaler.ts'

/** What a run uses and shows itself on. */
export interface RunParts {
  readonly upscaler: Upscaler
  readonly view: CompareView
  readonly progress: ProgressDisplay
}

/**
 * Enlarges a picture and shows it taking shape.
 * @returns The result, how it was made included. @throws The signal's reason if aborted.
 */
export async function enlarge(
  { upscaler, view, progress }: RunParts,
  picture: Picture,
  work: Work,
  options: UpscaleOptions & { readonly signal: AbortSignal },
): Promise<Result> {
  const begun = performance.now()
  const clock = createRunClock()
  const { signal } = options
  const image = await imageToEnlarge(picture, work.size)
  signal.throwIfAborted()
  const { report } = await upscaler.prepare(work.device, work.model)
  const reduced = image !== picture.image
  const { images, settings } = await upscaler.run(image, {
    ...options,
    onProgress(event) {
      clock.update(event)
      progress.update(event)
    },
    onPreview: async (preview) => {
      const [before, shape] = [await createLayer(image), await createLayer(preview)]
      if (signal.aborted) closeLayers(before, shape)
      else view.show(before, shape, { keepView: true, reduced, afterName: 'Taking shape' })
    },
  })
  signal.throwIfAborted()
  const times = clock.times()
  const seconds = (performance.now() - begun) / 1000
  const receipt = describeMade({
    report,
    model: upscaler.identity(),
    file: picture.file,
    reducedTo: reduced ? sizeText(image) : undefined,
    settings,
    seconds: Math.round(seconds * 10) / 10,
  })
  // What goes wrong with it is told to who asks for it.
  receipt.catch(() => undefined)
  return { name: picture.name, before: image, reduced, image: images[0]!, seconds, times, receipt }
}

/** A picture ready to be drawn. */
export function createLayer(image: Parameters<typeof imageData>[0]): Promise<Layer> {
  return createImageBitmap(imageData(image))
}

/** Frees what is not shown: the browser itself may take its time. */
export function closeLayers(...layers: readonly (Layer | undefined)[]): void {
  for (const layer of layers) layer?.close()
}
