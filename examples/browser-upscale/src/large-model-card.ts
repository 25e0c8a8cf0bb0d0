import type { ProgressEvent } from '@latentkit/core'
import { element, say, show } from './elements.ts'
import { explainError } from './explain-error.ts'
import {
  downloadLargeModel,
  freeBytes,
  type KeptState,
  keptLargeModel,
  largeModel,
  removeLargeModel,
} from './large-model.ts'
import { clearProblem, showProblem } from './problem-box.ts'
import { duration } from './progress.ts'

/** Shows whether the large model is kept, downloads and removes it. */
export interface LargeModelCard {
  /** True if it is kept whole. */
  readonly kept: boolean
  /** It is in sight while it is chosen, kept or being downloaded. */
  setChosen(chosen: boolean): void
}

/** @param onChange called when the model is there or gone. */
export function createLargeModelCard(onChange: () => void): LargeModelCard {
  let chosen = false
  let state: KeptState = { whole: false, forGood: false }
  let download: AbortController | undefined

  async function look(): Promise<void> {
    state = await keptLargeModel()
    const { whole, part = 0 } = state
    const free = await freeBytes()
    if (whole) tell(`Kept in this browser, ready without a network.${state.forGood ? '' : mayBeCleared}`)
    else if (free < largeModel.size - part) tell(`${tooFull(part)} ${megabytes(free)} are free.`)
    else if (state.part !== undefined) tell(`${megabytes(part)} are here, and the download goes on from it.`)
    else tell('It is downloaded from huggingface.co, checked, and kept in this browser.')
    say('large-download', state.part === undefined ? `Download ${megabytes(largeModel.size)}` : 'Resume the download')
    display()
  }

  function display(): void {
    const { whole, part } = state
    show('large-state', chosen || whole || download !== undefined)
    show('large-progress', download !== undefined)
    show('large-download', !whole && !download)
    show('large-stop', download !== undefined)
    show('large-remove', !download && (whole || part !== undefined))
  }

  async function start(): Promise<void> {
    const controller = new AbortController()
    const { signal } = controller
    download = controller
    clearProblem('model')
    element('large-progress').removeAttribute('value')
    tell('Asking for the list of files …')
    display()
    try {
      await downloadLargeModel({ signal, onProgress })
    } catch (error) {
      if (!signal.aborted) showProblem('model', explainError(error))
    }
    download = undefined
    await look()
    if (state.whole) onChange()
  }

  function onProgress(event: ProgressEvent): void {
    if (event.type !== 'download') return
    const { receivedBytes, totalBytes, bytesPerSecond, remainingSeconds } = event
    element<HTMLProgressElement>('large-progress').value = receivedBytes / totalBytes
    // What the first small files let expect is of no use.
    const known = receivedBytes > totalBytes / 100
    const rate = known ? ` · ${(bytesPerSecond / 1e6).toFixed(1)} MB/s` : ''
    const left = known && Number.isFinite(remainingSeconds) ? ` · ${duration(remainingSeconds)} left` : ''
    // Reading all of it once more for its hash takes a while.
    const all = receivedBytes >= totalBytes
    tell(all ? 'Checking the files …' : `${megabytes(receivedBytes)} of ${megabytes(totalBytes)}${rate}${left}`)
  }

  async function remove(): Promise<void> {
    try {
      await removeLargeModel()
    } catch (error) {
      showProblem('model', explainError(error))
    }
    await look()
    onChange()
  }

  element('large-download').addEventListener('click', () => void start())
  element('large-stop').addEventListener('click', () => download?.abort(new DOMException('Stopped', 'AbortError')))
  element('large-remove').addEventListener('click', () => void remove())
  void look().then(onChange)

  return {
    get kept() {
      return state.whole
    },
    setChosen(isChosen) {
      chosen = isChosen
      display()
    },
  }
}

const mayBeCleared = ' The browser may clear it when the disk runs full.'
const tooFull = (part: number) =>
  `There is too little space for ${part > 0 ? 'the missing' : 'its'} ${megabytes(largeModel.size - part)}:`
const tell = (text: string): void => say('large-text', text)

function megabytes(bytes: number): string {
  return bytes < 10e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`
}
