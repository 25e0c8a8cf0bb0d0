import { encodeImage, imageData, readImage } from '@latentkit/backend-web'
import { type RasterImage, resizeImage } from '@latentkit/core'
import { createCompareView, type Layer } from './compare-view.ts'
import { showDevice } from './device-card.ts'
import { element, say, show } from './elements.ts'
import { type Explanation, explainError } from './explain-error.ts'
import { keepForOffline } from './keep-for-offline.ts'
import { latentPreview } from './latent-preview.ts'
import { listenForPictures } from './picture-input.ts'
import { reducedSize, sizeText } from './picture-size.ts'
import { createProgressDisplay, duration } from './progress.ts'
import { createSettingsForm } from './settings.ts'
import { createUpscaler, type Model } from './upscaler.ts'

interface Picture {
  readonly name: string
  readonly image: RasterImage
}

interface Result {
  readonly picture: Picture
  readonly image: RasterImage
  readonly receipt: string
}

const upscaler = createUpscaler()
const view = createCompareView()
const progress = createProgressDisplay()
const form = createSettingsForm(() => void prepare())
let picture: Picture | undefined
let result: Result | undefined
let running: AbortController | undefined
let shownModel: Model | undefined

listenForPictures(
  (file) => void take(file),
  (text) => showError({ title: 'That was no picture', text }),
)
element('start').addEventListener('click', () => void enlarge())
element('cancel').addEventListener('click', () => running?.abort(new DOMException('Cancelled', 'AbortError')))
element('reduce').addEventListener('change', tellPlan)
element('download').addEventListener('click', () => void download())
element('receipt').addEventListener('click', () => saveReceipt())
await keepForOffline()
void prepare()

/** Finds the device and opens the model. */
async function prepare(): Promise<boolean> {
  const { device, model } = form.read()
  try {
    const { report, defaults } = await upscaler.prepare(device, model)
    showDevice(report)
    // Another device leaves the user's settings alone; another model has its own.
    if (model !== shownModel) form.setDefaults(defaults)
    shownModel = model
    showError(undefined)
    return true
  } catch (error) {
    showDevice(undefined)
    showError(explainError(error))
    return false
  }
}

async function take(file: File): Promise<void> {
  running?.abort(new DOMException('Another picture was chosen', 'AbortError'))
  showError(undefined)
  try {
    picture = { name: file.name, image: await readImage(file) }
    result = undefined
    view.show(await layer(picture.image))
    showFinished(false)
    show('another', true)
    tellPlan()
    element<HTMLButtonElement>('start').disabled = false
    say('status', `${file.name} is ready.`)
    if (file.type === 'image/gif')
      say('plan', `${element('plan').textContent} Of an animation the first frame is used.`)
  } catch (error) {
    showError(explainError(error))
  }
}

/** Says how large the result will be, and offers to reduce what would take very long. */
function tellPlan(): void {
  if (!picture) return
  const smaller = reducedSize(picture.image)
  show('reduce-row', smaller !== undefined)
  if (smaller) {
    say(
      'reduce-text',
      `Reduce it to ${sizeText(smaller)} first. Enlarging all ${sizeText(picture.image)} takes very long and much memory.`,
    )
  }
  const from = smaller && element<HTMLInputElement>('reduce').checked ? smaller : picture.image
  const to = { width: 4 * from.width, height: 4 * from.height }
  say('plan', `${sizeText(from)} pixels become ${sizeText(to)}.`)
  caption(`${picture.name} · ${sizeText(picture.image)}`)
}

async function enlarge(): Promise<void> {
  if (!picture || running) return
  const { name } = picture
  const smaller = element<HTMLInputElement>('reduce').checked ? reducedSize(picture.image) : undefined
  const image = smaller ? resizeImage(picture.image, smaller, 'lanczos') : picture.image
  const controller = new AbortController()
  running = controller
  const begun = performance.now()
  showError(undefined)
  progress.start()
  try {
    const { device, model, steps, eta, seed, scheduler } = form.read()
    const { report } = await upscaler.prepare(device, model)
    const before = await layer(image)
    const { images, settings } = await upscaler.run(image, {
      steps,
      eta,
      seed,
      ...(scheduler ? { scheduler } : {}),
      signal: controller.signal,
      onProgress: (event) => progress.update(event),
      onLatents: async (_, latents) => {
        const preview = await createImageBitmap(latentPreview(latents, image.width, image.height))
        if (running === controller) view.show(before, preview, { keepView: true, afterName: 'Taking shape' })
      },
    })
    controller.signal.throwIfAborted()
    const seconds = (performance.now() - begun) / 1000
    running = undefined
    view.show(before, await layer(images[0]!), { keepView: true })
    const text = {
      software: 'Latentkit',
      picture: name,
      ...settings,
      seed: Number(settings.seed),
      device: report.device,
      size: sizeText(images[0]!),
      seconds: Math.round(seconds * 10) / 10,
    }
    result = { picture: { name, image }, image: images[0]!, receipt: JSON.stringify(text, undefined, 2) }
    finish(images[0]!, seconds)
  } catch (error) {
    if (picture && !result) view.show(await layer(picture.image))
    if (controller.signal.aborted) say('status', 'Cancelled.')
    else showError(explainError(error))
  } finally {
    if (running === controller) running = undefined
    progress.stop()
  }
}

function finish(image: RasterImage, seconds: number): void {
  showFinished(true)
  const text = `${sizeText(image)} pixels in ${duration(seconds)}.`
  say('summary', `${text} Drag the handle to compare.`)
  say('status', `Done: ${text}`)
  caption(`${picture?.name} · ${sizeText(image)}`)
}

async function download(): Promise<void> {
  if (!result) return
  try {
    const text = { Software: 'Latentkit', Parameters: result.receipt }
    save(await encodeImage(result.image, { text }), `${baseName(result.picture.name)}-4x.png`)
  } catch (error) {
    showError(explainError(error))
  }
}

function saveReceipt(): void {
  if (result) save(new Blob([result.receipt], { type: 'application/json' }), `${baseName(result.picture.name)}-4x.json`)
}

function save(blob: Blob, name: string): void {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

const baseName = (name: string): string => name.replace(/\.\w+$/, '')

function layer(image: RasterImage): Promise<Layer> {
  return createImageBitmap(imageData(image))
}

function caption(text: string): void {
  say('caption', text)
  show('caption', true)
}

/** With a result there, downloading it is the main thing to do. */
function showFinished(finished: boolean): void {
  show('finished', finished)
  say('start', finished ? 'Enlarge again' : 'Enlarge 4×')
  element('start').classList.toggle('primary', !finished)
}

function showError(problem: Explanation | undefined): void {
  const box = element('error')
  box.replaceChildren()
  box.hidden = !problem
  if (problem) box.append(Object.assign(document.createElement('strong'), { textContent: problem.title }), problem.text)
}
