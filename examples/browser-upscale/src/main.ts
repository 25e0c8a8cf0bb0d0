import type { Size } from '@latentkit/core'
import type { UpscaleOptions } from '@latentkit/models-ldm'
import { createCompareView } from './compare-view.ts'
import { showDevice } from './device-card.ts'
import { element, say, show } from './elements.ts'
import { closeLayers, createLayer, enlarge } from './enlarge.ts'
import { explainError } from './explain-error.ts'
import { nextWithPicture, replaceFocus } from './focus.ts'
import { keepForOffline } from './keep-for-offline.ts'
import { askBeforeLeaving } from './leaving.ts'
import { lockSetup } from './lock-setup.ts'
import { createModelPicker } from './model-picker.ts'
import { type Picture, readPicture } from './picture.ts'
import { listenForPictures } from './picture-input.ts'
import { shortcoming, sizeText } from './picture-size.ts'
import { showPlan } from './plan-display.ts'
import { clearProblem, showProblem } from './problem-box.ts'
import { createProgressDisplay, duration } from './progress.ts'
import { createReduceChoice } from './reduce-choice.ts'
import { offerFiles, type Result } from './result-files.ts'
import { type Request, sameRequest } from './same-request.ts'
import { createSettingsForm } from './settings.ts'
import { createTimeEstimate, type Work } from './time-estimate.ts'
import { takes } from './times.ts'
import { createUpscaler, type Model } from './upscaler.ts'

element('not-started').remove()
const upscaler = createUpscaler()
const view = createCompareView()
const progress = createProgressDisplay()
/** Of the sizes that can be chosen, for the model and the settings that are. */
const times = new Map<string, number>()
const estimate = createTimeEstimate(
  async ({ device, model, size }, timings, signal) => {
    await upscaler.prepare(device, model)
    return upscaler.estimate(size, { ...upscaleOptions(), signal }, timings)
  },
  ({ size }, seconds) => {
    times.set(sizeText(size), seconds)
    display()
  },
)
const form = createSettingsForm(() => void prepare())
const models = createModelPicker(() => void prepare())
const choice = createReduceChoice(display)
let picture: Picture | undefined
let result: Result | undefined
/** What the result was made with. */
let made: Request | undefined
let running: AbortController | undefined
let taken = 0
/** Whether a picture is being read and shown: what is on the page moves until it is there. */
let taking = false
let prepared = 0
let shownModel: Model | undefined

listenForPictures(
  (file, count) => void take(file, count),
  (text) => showProblem('picture', { title: 'This is not a picture', text }),
)
element('start').addEventListener('click', () => void run())
element('cancel').addEventListener('click', () => running?.abort(new DOMException('Cancelled', 'AbortError')))
element('settings').addEventListener('change', tellPlan)
offerFiles(() => result)
// Not awaited here: what stands below must be there for a picture that is started meanwhile.
void keepForOffline().then(prepare)

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
  taking = true
  tellReading(file)
  try {
    const chosen = await readPicture(file, count)
    // Of two that were chosen the later one counts, however long each takes to read.
    if (turn !== taken) return
    running?.abort(new DOMException('Another picture was chosen', 'AbortError'))
    clearProblem('picture', 'run')
    picture = chosen
    result = undefined
    choice.begin(picture.image)
    const focused = document.activeElement
    // Before anything is waited for: nothing may move once the button can be pressed.
    showFinished()
    show('another', true)
    await showPicture()
    if (turn === taken) tellReading(undefined)
    taking = turn !== taken
    tellPlan()
    replaceFocus(focused, ...nextWithPicture)
    say('status', `${file.name} is ready.`)
  } catch (error) {
    if (turn === taken) showProblem('picture', explainError(error))
  } finally {
    if (turn === taken && taking) {
      taking = false
      tellReading(undefined)
      display()
    }
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
  if (picture === shown && result === done) {
    view.show(before, after, { keepView: done !== undefined, reduced: done?.reduced === true })
  } else closeLayers(before, after)
}

/** What would be done has changed, but for the choice of size. */
function tellPlan(): void {
  times.clear()
  const sizes = picture && !running ? choice.sizes(picture.image) : []
  const works = sizes.map(workOf).filter((work) => work !== undefined)
  estimate.begin(works.filter((work) => !isMade(work)))
  display()
}

function display(): void {
  const ready = models.read() !== undefined
  const size = picture && choice.read(picture.image)
  element<HTMLButtonElement>('start').disabled = !size || !ready || taking
  if (!picture) return
  const work = currentWork()
  choice.show(picture.image, times)
  showPlan({ picture, size, ready, result, again: work !== undefined && isMade(work), times })
}

function upscaleOptions(): UpscaleOptions {
  const { steps, eta, seed, scheduler, precision } = form.read()
  return { steps, eta, seed, precision, ...(scheduler ? { scheduler } : {}) }
}

/** What would be done if it were started now; undefined if nothing can be. */
function currentWork(): Work | undefined {
  const size = picture && choice.read(picture.image)
  return size && workOf(size)
}

/** The work on a picture of this size; undefined while the chosen model is not here. */
function workOf(size: Size): Work | undefined {
  const model = models.read()
  const { device, steps, precision } = form.read()
  return model && { model, device, steps, precision, size }
}

const requestOf = (work: Work): Request => ({ ...upscaleOptions(), ...work })

/** True if the result is what would become of this. */
function isMade(work: Work): boolean {
  return result !== undefined && sameRequest(made, requestOf(work))
}

async function run(): Promise<void> {
  const [source, work] = [picture, currentWork()]
  if (!source || !work || running) return
  const request = requestOf(work)
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
    tellFinished(result, source, work)
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

function tellFinished({ image, seconds }: Result, source: Picture, work: Work): void {
  const but = tellShortcoming(image, source.image, work)
  const text = `${sizeText(image)} pixels in ${duration(seconds)}. ${but}${progress.note}`.trim()
  say('summary', `${text} Drag the handle to compare.`)
  say('status', `Done: ${text}`)
}

/** What became of a reduced copy may be no larger than the picture: says so, and what to do. Empty otherwise. */
function tellShortcoming(result: Size, whole: Size, work: Work): string {
  const but = shortcoming(result, whole)
  if (!but) return ''
  const seconds = estimate.known({ ...work, size: whole }) ?? times.get(sizeText(whole))
  const whatItIs = `${but} your picture, ${sizeText(whole)}`
  if (seconds === Infinity) return `That is ${whatItIs}, which needs more memory than this page may use. `
  const time = takes(seconds, ' on this device')
  return `That is ${whatItIs}: for a larger one, choose “The whole picture” and enlarge again. ${time} `
}

/** With a result there, downloading it is the main thing to do. */
function showFinished(): void {
  const finished = result !== undefined
  show('finished', finished)
  say('start', finished ? 'Enlarge again' : 'Enlarge 4×')
  element('start').classList.toggle('primary', !finished)
}
