import type { UpscaleOptions } from '@latentkit/models-ldm'
import { createCompareView } from './compare-view.ts'
import { showDevice } from './device-card.ts'
import { element, say, show } from './elements.ts'
import { createLayer, enlarge } from './enlarge.ts'
import { explainError } from './explain-error.ts'
import { keepForOffline } from './keep-for-offline.ts'
import { askBeforeLeaving } from './leaving.ts'
import { lockSetup } from './lock-setup.ts'
import { createModelPicker } from './model-picker.ts'
import { type Picture, readPicture, sizeToEnlarge } from './picture.ts'
import { listenForPictures } from './picture-input.ts'
import { sizeText } from './picture-size.ts'
import { showPlan } from './plan-display.ts'
import { clearProblem, showProblem } from './problem-box.ts'
import { createProgressDisplay, duration } from './progress.ts'
import { offerFiles, type Result } from './result-files.ts'
import { type Request, sameRequest } from './same-request.ts'
import { createSettingsForm } from './settings.ts'
import { createTimeEstimate, type Work } from './time-estimate.ts'
import { createUpscaler, type Model } from './upscaler.ts'

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
/** What the result was made with. */
let made: Request | undefined
let running: AbortController | undefined
let taken = 0
let prepared = 0
let shownModel: Model | undefined

listenForPictures(
  (file, count) => void take(file, count),
  (text) => showProblem('picture', { title: 'That was no picture', text }),
)
element('start').addEventListener('click', () => void run())
element('cancel').addEventListener('click', () => running?.abort(new DOMException('Cancelled', 'AbortError')))
element('reduce').addEventListener('change', tellPlan)
element('settings').addEventListener('change', tellPlan)
offerFiles(() => result)
await keepForOffline()
void prepare()

/** Finds the device and opens the chosen model, if it is there. */
async function prepare(): Promise<void> {
  const turn = ++prepared
  tellPlan()
  const { device } = form.read()
  const model = models.read()
  if (!model) return upscaler.close()
  try {
    const { report, defaults } = await upscaler.prepare(device, model)
    // Another one was chosen meanwhile, for which this one made room.
    if (turn !== prepared) return
    showDevice(report)
    form.setDevice(report)
    // Another device leaves the user's settings alone; another model has its own.
    if (model !== shownModel) form.setDefaults(defaults)
    shownModel = model
    tellPlan()
    clearProblem('device', 'model')
  } catch (error) {
    if (turn !== prepared) return
    showDevice(undefined)
    showProblem('device', explainError(error))
  }
}

async function take(file: File, count: number): Promise<void> {
  const turn = ++taken
  tellReading(file)
  try {
    const chosen = await readPicture(file, count)
    // Of two that were chosen the later one counts, however long each takes to read.
    if (turn !== taken) return
    running?.abort(new DOMException('Another picture was chosen', 'AbortError'))
    clearProblem('picture', 'run')
    picture = chosen
    result = undefined
    await showPicture()
    showFinished()
    show('another', true)
    tellPlan()
    say('status', `${file.name} is ready.`)
  } catch (error) {
    if (turn === taken) showProblem('picture', explainError(error))
  } finally {
    if (turn === taken) tellReading(undefined)
  }
}

function tellReading(file: File | undefined): void {
  show('reading', file !== undefined)
  say('reading', file ? `Reading ${file.name} …` : '')
}

/** Shows the picture, beside what became of it where there is that. */
async function showPicture(): Promise<void> {
  const [shown, done] = [picture, result]
  if (!shown) return
  const before = await createLayer(done?.before ?? shown.image)
  const after = done && (await createLayer(done.image))
  if (picture === shown && result === done) view.show(before, after, { keepView: done !== undefined })
}

function tellPlan(): void {
  const ready = models.read() !== undefined
  element<HTMLButtonElement>('start').disabled = !picture || !ready
  const again = result !== undefined && sameRequest(made, currentRequest())
  estimate.tell(running || again ? undefined : currentWork())
  if (picture) showPlan(picture, ready, result, again)
}

function upscaleOptions(): UpscaleOptions {
  const { steps, eta, seed, scheduler, precision } = form.read()
  return { steps, eta, seed, precision, ...(scheduler ? { scheduler } : {}) }
}

/** What would be done if it were started now; undefined if nothing can be. */
function currentWork(): Work | undefined {
  const model = models.read()
  const { device, steps, precision } = form.read()
  return picture && model && { model, device, steps, precision, size: sizeToEnlarge(picture) }
}

function currentRequest(): Request | undefined {
  const work = currentWork()
  return work && { ...upscaleOptions(), ...work }
}

async function run(): Promise<void> {
  const [source, work, request] = [picture, currentWork(), currentRequest()]
  if (!source || !work || running) return
  const controller = new AbortController()
  const { signal } = controller
  running = controller
  clearProblem('picture', 'run')
  progress.start()
  lockSetup(true)
  askBeforeLeaving(true)
  try {
    const options = { ...upscaleOptions(), signal }
    await estimate.stop()
    result = await enlarge({ upscaler, view, progress }, source, work, options)
    made = request
    estimate.learn(work, result.times)
    tellFinished(result)
    await showPicture()
  } catch (error) {
    await showPicture()
    if (!signal.aborted) showProblem('run', explainError(error))
    else if (picture === source) say('status', 'Cancelled.')
  } finally {
    running = undefined
    lockSetup(false)
    askBeforeLeaving(false)
    showFinished()
    progress.stop()
    // Only a run tells whether the browser starts threads.
    void prepare()
  }
}

function tellFinished({ image, seconds }: Result): void {
  const text = `${sizeText(image)} pixels in ${duration(seconds)}. ${progress.note}`.trim()
  say('summary', `${text} Drag the handle to compare.`)
  say('status', `Done: ${text}`)
}

/** With a result there, downloading it is the main thing to do. */
function showFinished(): void {
  const finished = result !== undefined
  show('finished', finished)
  say('start', finished ? 'Enlarge again' : 'Enlarge 4×')
  element('start').classList.toggle('primary', !finished)
}
