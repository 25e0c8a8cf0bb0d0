import type { ProgressEvent } from '@latentkit/core'
import { element, say, show } from './elements.ts'
import { moveFocus, nextWithPicture } from './focus.ts'

const stages = {
  load: 'Loading the model',
  denoise: 'Working',
  decode: 'Decoding the picture',
  finish: 'Finishing',
} as const

/** Warnings about a model's files that mean nothing to visitors. */
const technical = ['unknown_config_key', 'extra_timestep']

/** Shows what a run is doing. The bar has no end while the model loads. */
export interface ProgressDisplay {
  start(): void
  update(event: ProgressEvent): void
  /** What the run warned of, in one line; empty if nothing. */
  readonly note: string
  stop(): void
}

export function createProgressDisplay(): ProgressDisplay {
  const bar = element<HTMLProgressElement>('progress')
  const title = document.title
  let note = ''
  const stage = (text: string) => {
    say('stage-name', text)
    say('status', text)
  }

  return {
    start() {
      note = ''
      show('run-note', false)
      show('running', true)
      moveFocus('start', 'cancel')
      show('idle', false)
      show('finished', false)
      bar.removeAttribute('value')
      say('time-left', '')
      stage('Preparing')
    },
    update(event) {
      if (event.type === 'warning' && !technical.includes(event.code)) {
        note = `${note} ${event.message}`.trim()
        say('run-note', note)
        show('run-note', true)
      }
      if (event.type === 'stage') {
        stage(stages[event.stage])
        if (event.stage === 'decode') bar.removeAttribute('value')
        say('time-left', '')
      }
      if (event.type === 'tile' && event.tiles > 1) {
        if (event.stage === 'decode') bar.value = event.tile / event.tiles
        say('time-left', `${duration(event.remainingSeconds)} left`)
      }
      if (event.type === 'step') {
        bar.value = event.step / event.steps
        say('stage-name', `Step ${event.step} of ${event.steps}`)
        say('time-left', event.step < event.steps ? `${duration(event.remainingSeconds)} left` : '')
        document.title = `${Math.round((100 * event.step) / event.steps)} % – Latentkit`
      }
    },
    get note() {
      return note
    },
    stop() {
      show('idle', true)
      moveFocus('cancel', 'download', ...nextWithPicture)
      show('running', false)
      document.title = title
    },
  }
}

/** Seconds in words. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'under a second'
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
