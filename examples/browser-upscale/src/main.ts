import { imageData, readImage } from '@latentkit/backend-web'
import { type RasterImage, resizeImage, type Size } from '@latentkit/core'
import type { UpscaleOptions } from '@latentkit/models-ldm'
import { createCompareView, type Layer } from './compare-view.ts'
import { showDevice } from './device-card.ts'
import { element, say, show } from './elements.ts'
import { explainError } from './explain-error.ts'
import { keepForOffline } from './keep-for-offline.ts'
import { lockSetup } from './lock-setup.ts'
import { createModelPicker } from './model-picker.ts'
import { listenForPictures } from './picture-input.ts'
import { reducedSize, sizeText } from './picture-size.ts'
import { clearProblem, showProblem } from './problem-box.ts'
import { createProgressDisplay, duration } from './progress.ts'
import { describeMade } from './receipt.ts'
import { offerFiles, type Result } from './result-files.ts'
import { createSettingsForm } from './settings.ts'
import { createTimeEstimate, type Work } from './time-estimate.ts'
import { createUpscaler, type Model } from './upscaler.ts'

interface Picture {
  readonly name: string
  readonly file: File
  readonly image: RasterImage
  /** Something about the file that the visitor should know. */
  readonly note: string
}

const upscaler = createUpscaler()
const view = createCompareView()
const progress = createProgressDisplay()
const estimate = createTimeEstimate(async ({ device, model, size }, signal) => {
  await upscaler.prepare(device, model)
  return upscaler.estimate(size, { ...upscaleOptions(), signal })
})
const form = createSettingsForm(() => void prepare())
const models = createModelPicker(() => void prepare())
let picture: Picture | undefined
let result: Result | undefined
let running: AbortController | undefined
let taken = 0
let shownModel: Model | undefined

listenForPictures(
  (file) => void take(file),
  (text) => showProblem('picture', { title: 'That was no picture', text }),
)
element('start').addEventListener('click', () => void enlarge())
element('cancel').addEventListener('click', () => running?.abort(new DOMException('Cancelled', 'AbortError')))
element('reduce').addEventListener('change', tellPlan)
element('settings').addEventListener('change', tellPlan)
offerFiles(() => result)
await keepForOffline()
void prepare()

/** Finds the device and opens the chosen model, if it is there. */
async function prepare(): Promise<void> {
  tellPlan()
  const { device } = form.read()
  const model = models.read()
  if (!model) return upscaler.close()
  try {
    const { report, defaults } = await upscaler.prepare(device, model)
    showDevice(report)
    // Another device leaves the user's settings alone; another model has its own.
    if (model !== shownModel) form.setDefaults(defaults)
    shownModel = model
    tellPlan()
    clearProblem('device', 'model')
  } catch (error) {
    showDevice(undefined)
    showProblem('device', explainError(error))
  }
}

async function take(file: File): Promise<void> {
  const turn = ++taken
  try {
    const image = await readImage(file)
    // Of two that were chosen the later one counts, however long each takes to read.
    if (turn !== taken) return
    running?.abort(new DOMException('Another picture was chosen', 'AbortError'))
    clearProblem('picture', 'run')
    const note = file.type === 'image/gif' ? ' Of an animation the first frame is used.' : ''
    picture = { name: file.name, file, image, note }
    result = undefined
    await showPicture()
    showFinished()
    show('another', true)
    tellPlan()
    say('status', `${file.name} is ready.`)
  } catch (error) {
    if (turn === taken) showProblem('picture', explainError(error))
  }
}

/** Shows the picture, beside what became of it where there is that. */
async function showPicture(): Promise<void> {
  const [shown, done] = [picture, result]
  if (!shown) return
  const before = await layer(done?.before ?? shown.image)
  const after = done && (await layer(done.image))
  if (picture === shown && result === done) view.show(before, after, { keepView: done !== undefined })
}

/** Says how large the result will be, and offers to reduce what would take very long. */
function tellPlan(): void {
  const ready = models.read() !== undefined
  element<HTMLButtonElement>('start').disabled = !picture || !ready
  estimate.tell(running ? undefined : currentWork())
  if (!picture) return
  const smaller = reducedSize(picture.image)
  show('reduce-row', smaller !== undefined)
  if (smaller) {
    say(
      'reduce-text',
      `Reduce it to ${sizeText(smaller)} first. Enlarging all ${sizeText(picture.image)} takes very long and much memory.`,
    )
  }
  const from = sizeToEnlarge(picture)
  const to = { width: 4 * from.width, height: 4 * from.height }
  say(
    'plan',
    ready ? `${sizeText(from)} pixels become ${sizeText(to)}.${picture.note}` : 'The chosen model is not here yet.',
  )
  caption(`${picture.name} · ${sizeText(result?.image ?? picture.image)}`)
}

/** The size of the picture, reduced if that is wished. */
function sizeToEnlarge({ image }: Picture): Size {
  return (element<HTMLInputElement>('reduce').checked && reducedSize(image)) || image
}

function upscaleOptions(): UpscaleOptions {
  const { steps, eta, seed, scheduler } = form.read()
  return { steps, eta, seed, ...(scheduler ? { scheduler } : {}) }
}

/** What would be done if it were started now; undefined if nothing can be. */
function currentWork(): Work | undefined {
  const model = models.read()
  const { device, steps } = form.read()
  return picture && model && { model, device, steps, size: sizeToEnlarge(picture) }
}

async function enlarge(): Promise<void> {
  const work = currentWork()
  if (!picture || !work || running) return
  const source = picture
  const { image: original } = source
  const image = work.size === original ? original : resizeImage(original, work.size, 'lanczos')
  const controller = new AbortController()
  const { signal } = controller
  running = controller
  const begun = performance.now()
  clearProblem('picture', 'run')
  progress.start()
  lockSetup(true)
  try {
    const options = upscaleOptions()
    await estimate.stop()
    const { report } = await upscaler.prepare(work.device, work.model)
    const before = await layer(image)
    const { images, settings } = await upscaler.run(image, {
      ...options,
      signal,
      onProgress: (event) => progress.update(event),
      onPreview: async (preview) => {
        const shape = await layer(preview)
        if (!signal.aborted) view.show(before, shape, { keepView: true, afterName: 'Taking shape' })
      },
    })
    signal.throwIfAborted()
    const seconds = (performance.now() - begun) / 1000
    estimate.learn(work, seconds)
    const receipt = describeMade({
      report,
      model: upscaler.identity(),
      file: source.file,
      reducedTo: image === original ? undefined : sizeText(image),
      settings,
      seconds: Math.round(seconds * 10) / 10,
    })
    // What goes wrong with it is told to who asks for it.
    receipt.catch(() => undefined)
    result = { name: source.name, before: image, image: images[0]!, receipt }
    tellFinished(images[0]!, seconds)
    await showPicture()
  } catch (error) {
    await showPicture()
    if (!signal.aborted) showProblem('run', explainError(error))
    else if (picture === source) say('status', 'Cancelled.')
  } finally {
    running = undefined
    lockSetup(false)
    showFinished()
    progress.stop()
    tellPlan()
  }
}

function tellFinished(image: RasterImage, seconds: number): void {
  const text = `${sizeText(image)} pixels in ${duration(seconds)}. ${progress.note}`.trim()
  say('summary', `${text} Drag the handle to compare.`)
  say('status', `Done: ${text}`)
}

function layer(image: RasterImage): Promise<Layer> {
  return createImageBitmap(imageData(image))
}

function caption(text: string): void {
  say('caption', text)
  show('caption', true)
}

/** With a result there, downloading it is the main thing to do. */
function showFinished(): void {
  const finished = result !== undefined
  show('finished', finished)
  say('start', finished ? 'Enlarge again' : 'Enlarge 4×')
  element('start').classList.toggle('primary', !finished)
}
