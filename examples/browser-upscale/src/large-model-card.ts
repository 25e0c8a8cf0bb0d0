import type { ProgressEvent } from '@latentkit/core'
import { element, say, show } from './elements.ts'
import { explainError } from './explain-error.ts'
import { downloadLargeModel, freeBytes, keptLargeModel, largeModel, removeLargeModel } from './large-model.ts'
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
  let kept = false
  let download: AbortController | undefined

  async function look(): Promise<void> {
    const state = await keptLargeModel()
    kept = state.kept
    if (kept) tell(`Kept in this browser, ready without a network.${state.forGood ? '' : mayBeCleared}`)
    else if ((await freeBytes()) < largeModel.size) tell(`${tooFull} ${megabytes(await freeBytes())} are free.`)
    else tell('It comes from huggingface.co, is checked, and stays in this browser.')
    display()
  }

  function display(): void {
    show('large-state', chosen || kept || download !== undefined)
    show('large-progress', download !== undefined)
    show('large-download', !kept && !download)
    show('large-stop', download !== undefined)
    show('large-remove', kept)
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
      download = undefined
      await look()
      onChange()
    } catch (error) {
      download = undefined
      say('large-download', 'Go on')
      tell('Not complete yet. What is there stays, and the download goes on from it.')
      if (!signal.aborted) showProblem('model', explainError(error))
    }
    display()
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
    tell(all ? 'Checking what came …' : `${megabytes(receivedBytes)} of ${megabytes(totalBytes)}${rate}${left}`)
  }

  async function remove(): Promise<void> {
    try {
      await removeLargeModel()
      say('large-download', downloadText)
    } catch (error) {
      showProblem('model', explainError(error))
    }
    await look()
    onChange()
  }

  say('large-download', downloadText)
  element('large-download').addEventListener('click', () => void start())
  element('large-stop').addEventListener('click', () => download?.abort(new DOMException('Stopped', 'AbortError')))
  element('large-remove').addEventListener('click', () => void remove())
  void look().then(onChange)

  return {
    get kept() {
      return kept
    },
    setChosen(isChosen) {
      chosen = isChosen
      display()
    },
  }
}

const mayBeCleared = ' The browser may clear it when the disk runs full.'
const tooFull = `There is too little room for its ${megabytes(largeModel.size)}:`
const downloadText = `Download ${megabytes(largeModel.size)}`
const tell = (text: string): void => say('large-text', text)

function megabytes(bytes: number): string {
  return bytes < 10e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`
}
