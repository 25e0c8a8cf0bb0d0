import { LatentkitError } from '@latentkit/core'

/** What went wrong, for people who did not write the program. */
export interface Explanation {
  readonly title: string
  readonly text: string
}

const titles: Readonly<Record<string, string>> = {
  picture: 'This picture cannot be read',
  memory: 'The picture is too large for this device',
  device_lost: 'The graphics card stopped working',
  model_files: 'The model could not be opened',
  config: 'This model is of another kind',
  checkpoint: 'The model’s weight file is damaged',
  weight: 'The model’s weight file does not fit',
  not_finite: 'The result was not usable',
  backend: 'The model could not run on this device',
  invalid_argument: 'A setting does not fit',
  storage_full: 'There is no room for the model',
  integrity: 'The download was not what it should be',
  network: 'The model could not be fetched',
  not_found: 'The model was not found',
  access: 'The model may not be fetched',
  offline: 'The model is not kept in this browser',
}

/** Advice of the library that has other words, or another reason, on this page. */
const pageWords: readonly (readonly [RegExp, string])[] = [
  [/^onnxruntime-web: /, ''],
  [
    /(needs about .* is available\.) Close other programs, or reduce the picture\./,
    '$1 A page may use no more than that on the processor, however much the device has: reduce the picture, or choose the graphics card at “Runs on” in the settings, where there is one.',
  ],
  [/Close other programs, or give a smaller picture\./, 'Close other tabs and programs, or reduce the picture.'],
  [/Use the device "wasm" or "auto"/, 'Choose “Whatever is faster” at “Runs on” in the settings'],
  [/use the device "wasm"/, 'choose the processor at “Runs on” in the settings'],
  [/since wasm does not/, 'since the processor does not'],
  [/since webgpu does not/, 'since the graphics card does not'],
]

/** Latentkit's errors say what to do; others are shown as they are. */
export function explainError(error: unknown): Explanation {
  if (LatentkitError.isInstance(error)) {
    const text = pageWords.reduce((words, [theirs, ours]) => words.replace(theirs, ours), error.message)
    // Names of files stay as they are.
    const sentence = /^[^\s:]+: /.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
    return { title: titles[error.code] ?? 'That did not work', text: sentence }
  }
  const words = error instanceof Error ? error.message : String(error)
  const sentence = /[.?!…]$/.test(words) ? words : `${words}.`
  return { title: 'That did not work', text: `${sentence} Reload the page and try again.` }
}
