import type { DeviceReport } from '@latentkit/backend-web'
import { element, say, show } from './elements.ts'

/** Says which device runs, and why not a faster one. */
export function showDevice(report: DeviceReport | undefined): void {
  const name = element('device-name')
  const dot = document.createElement('span')
  dot.className = report ? 'dot on' : 'dot'
  name.replaceChildren(dot, ` ${report ? describe(report) : 'No device to run on yet.'}`)
  const notes = report?.notices.map(({ code, message }) => hints[code] ?? message) ?? []
  show('device-notes', notes.length > 0)
  const list = element('device-notes')
  say('device-notes', '')
  for (const note of notes) list.append(Object.assign(document.createElement('li'), { textContent: note }))
  // In the page's own words where they say more, the runtime's where it knows more.
  if (report?.notices.some(({ code }) => code === 'no_webgpu')) {
    const why = report.notices.find(({ code }) => code === 'no_webgpu')?.message ?? ''
    list.firstElementChild!.textContent = why.replace('Runs on the processor: ', 'The graphics card is not used: ')
  }
}

/** Of the page's own: it brings the isolation along when it is loaded again. */
const hints: Readonly<Record<string, string>> = {
  one_thread: 'One processor core is used. Reload the page to use all of them.',
}

function describe({ device, adapter, threads }: DeviceReport): string {
  if (device === 'webgpu') return `Runs on the graphics card${adapter ? ` (${adapter})` : ''}.`
  return `Runs on the processor, ${threads === 1 ? 'one thread' : `${threads} threads`}.`
}
