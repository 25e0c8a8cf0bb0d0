import { type BackendError, LatentkitError } from '@latentkit/core'
import type { NetworkError } from '@latentkit/hub'

/** What went wrong, for people who did not write the program. */
export interface Explanation {
  readonly title: string
  readonly text: string
}

const titles: Readonly<Record<string, string>> = {
  picture: 'This picture cannot be read',
  memory: 'The picture is too large for this device',
  device_lost: 'The graphics card stopped working',
  no_webgpu: 'No graphics card is available',
  model_files: 'The model could not be opened',
  config: 'This kind of model is not supported',
  checkpoint: 'The model’s weight file is damaged',
  weight: 'The model’s weight file does not fit',
  not_finite: 'The result was not usable',
  backend: 'The model could not run on this device',
  invalid_argument: 'A setting is not valid',
  storage_full: 'There is not enough space for the model',
  integrity: 'The download was damaged',
  network: 'The model could not be downloaded',
  not_found: 'The model was not found',
  access: 'Access to the model was refused',
  offline: 'The model is not stored in this browser',
}

/** What to do on this page, where the library’s advice has other words or another reason. */
const advice: Readonly<Record<string, string>> = {
  memory:
    'On the processor, a page cannot use more than that, however much memory the device has. Reduce the picture, or choose the graphics card under “Runs on” in the settings, if there is one.',
  no_webgpu: 'Choose “Whatever is faster” under “Runs on” in the settings.',
  device_lost:
    'Try again; if it happens often, reduce the picture or choose the processor under “Runs on” in the settings.',
}

/** Latentkit's errors say what to do; others are shown as they are. */
export function explainError(error: unknown): Explanation {
  if (LatentkitError.isInstance(error)) {
    const title = titles[error.code] ?? 'That did not work'
    if (error.code === 'network') return { title, text: aboutNetwork(error as NetworkError) }
    const { message, hint } = error
    const own = isOutOfMemory(error) ? 'Close other tabs and programs, or reduce the picture.' : advice[error.code]
    const told = hint !== undefined && own !== undefined ? message.slice(0, -hint.length) + own : message
    const text = told.replace(/^onnxruntime-web: /, '')
    // Names of files and addresses stay as they are.
    const sentence = /^(\S+: |\w+:\/\/)/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
    return { title, text: sentence }
  }
  const words = error instanceof Error ? error.message : String(error)
  const sentence = /[.?!…]$/.test(words) ? words : `${words}.`
  return { title: 'That did not work', text: `${sentence} Reload the page and try again.` }
}

/** Of the address only the server's name means something to visitors. */
function aboutNetwork({ url, status, message }: NetworkError): string {
  const { host } = new URL(url)
  if (status === 429) return `${host} had too many requests: wait a while, then try again.`
  if (status !== undefined) return `${host} gave an error (${status}) in place of a file: try again later.`
  if (message.startsWith(`${url}: the answer `))
    return `Something else answered in place of ${host}. Does the network ask for a login?`
  return `${host} could not be reached, or the connection broke. Is there a connection to the network? Then try again.`
}

function isOutOfMemory(error: LatentkitError): boolean {
  return error.code === 'backend' && (error as BackendError).outOfMemory
}
