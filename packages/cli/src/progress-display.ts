import type { OnProgress, ProgressEvent } from '@latentkit/core'
import { visible } from './visible.ts'

/** Shows progress somewhere. */
export interface ProgressDisplay {
  readonly onProgress: OnProgress
  /** Clears what is not to stay. */
  end(): void
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const stageNames = {
  load: 'Loading the model',
  denoise: 'Denoising',
  decode: 'Decoding',
  finish: 'Finishing',
} as const

/** A bar that redraws itself on a terminal, a few plain lines anywhere else and where the terminal says it is a dumb one. */
export function createProgressDisplay(
  output: Output,
  terminal: string | undefined = process.env.TERM,
): ProgressDisplay {
  return output.isTTY && terminal !== 'dumb' ? createBar(output) : createLines(output)
}

function createBar(output: Output): ProgressDisplay {
  const clear = '\r\x1b[2K'
  let step = { step: 0, steps: 0 }

  /** Words count more than the bar, which has what they leave of the line. */
  function show(name: string, words: string, share?: number): void {
    const columns = (output.columns || 80) - 1
    const room = Math.min(24, columns - name.length - words.length - 2)
    const parts = [name, ...(share !== undefined && room >= 6 ? [bar(share, room)] : []), words]
    output.write(`${clear}${parts.join(' ').slice(0, columns)}`)
  }

  return {
    onProgress(event) {
      if (event.type === 'warning') return void output.write(`${clear}${warning(event)}\n`)
      if (event.type === 'stage') return show(stageNames[event.stage], '…')
      if (event.type === 'download') return show('Fetching', describeDownload(event), shareOf(event))
      if (event.type === 'step') step = event
      const left = `${formatSeconds(event.remainingSeconds)} left`
      const tiles = event.type === 'tile' ? `, tile ${event.tile}/${event.tiles}` : ''
      if (event.type === 'tile' && event.stage === 'decode')
        return show(stageNames.decode, `tile ${event.tile}/${event.tiles}  ${left}`, event.tile / event.tiles)
      const done = event.elapsedSeconds / (event.elapsedSeconds + event.remainingSeconds || 1)
      // How many steps there are is told with the first that is done.
      const count = step.steps === 0 ? '1' : `${Math.min(step.step + (tiles ? 1 : 0), step.steps)}/${step.steps}`
      show(stageNames.denoise, `step ${count}${tiles}  ${left}`, done)
    },
    end: () => output.write(clear),
  }
}

function bar(share: number, width: number): string {
  const filled = Math.round(share * width)
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`
}

function createLines(output: Output): ProgressDisplay {
  let fetchedTenths = 0
  return {
    onProgress(event) {
      if (event.type === 'warning') output.write(`${warning(event)}\n`)
      else if (event.type === 'stage') output.write(`${stageNames[event.stage]}\n`)
      else if (event.type === 'download') {
        const tenths = Math.floor(shareOf(event) * 10)
        if (tenths > fetchedTenths) output.write(`Fetched ${describeDownload(event)}\n`)
        fetchedTenths = tenths
      }
      // At most ten lines, however many steps; none for tiles.
      else if (
        event.type === 'step' &&
        Math.floor((event.step / event.steps) * 10) > Math.floor(((event.step - 1) / event.steps) * 10)
      ) {
        output.write(`Step ${event.step} of ${event.steps}, ${formatSeconds(event.remainingSeconds)} left\n`)
      }
    },
    end() {},
  }
}

function warning(event: Extract<ProgressEvent, { type: 'warning' }>): string {
  return visible(`Note: ${event.message}`)
}

type Download = Extract<ProgressEvent, { type: 'download' }>

function shareOf({ receivedBytes, totalBytes }: Download): number {
  return totalBytes === 0 ? 1 : receivedBytes / totalBytes
}

function describeDownload({ receivedBytes, totalBytes, bytesPerSecond, remainingSeconds }: Download): string {
  const size = `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`
  if (bytesPerSecond === 0) return size
  return `${size}, ${formatBytes(bytesPerSecond)}/s, ${formatSeconds(remainingSeconds)} left`
}

/** Bytes in words, in powers of 1000 as download pages have them: 248 B, 4.5 MB, 676 MB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let value = bytes
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** Seconds in words: 0.4 s, 12 s, 3 min 05 s, 2 h 10 min. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const two = (value: number) => String(value).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}
