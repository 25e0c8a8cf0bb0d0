import type { DeviceReport } from '@latentkit/backend-web'
import { element, say, show } from './elements.ts'

/** Says which device runs, and why not a faster one. */
export function showDevice(report: DeviceReport | undefined): void {
  const name = element('device-name')
  const dot = document.createElement('span')
  dot.className = report ? 'dot on' : 'dot'
  name.replaceChildren(dot, ` ${report ? describe(report) : 'No device to run on yet.'}`)
  const notes = report?.notices.map(({ code, message }) => (code === 'one_thread' ? oneCore() : message)) ?? []
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

/** In the page's own words: its service worker brings the isolation along when the page is loaded again, where there may be one. */
function oneCore(): string {
  const helps = isSecureContext && 'serviceWorker' in navigator
  return `One processor core is used. ${helps ? 'Reload the page to use all of them.' : noWorker()}`
}

function noWorker(): string {
  return isSecureContext
    ? 'This browser lets pages use several only with service workers, which it does not offer here.'
    : 'To use several, open this page over https.'
}

function describe({ device, adapter, threads }: DeviceReport): string {
  if (device === 'webgpu') return `Runs on the graphics card${adapter ? ` (${adapter})` : ''}.`
  return `Runs on the processor, ${threads === 1 ? 'one thread' : `${threads} threads`}.`
}
