import { InvalidArgumentError } from '@latentkit/core'

/** A model named by its repository. */
export interface ModelSource {
  readonly host: 'hugging-face' | 'paddle' | 'address'
  /** Such as `CompVis/ldm-super-resolution-4x-openimages`; of an address the whole, without a slash at its end. */
  readonly repository: string
  /** What it is called in stores and messages: the repository, for PaddleNLP with `paddle:` before it. */
  readonly id: string
}

/** True for text that names a model to fetch: `organisation/name`, `paddle:organisation/name`, or the address of a folder. */
export function isModelName(text: string): boolean {
  return (
    addressOf(text) !== undefined ||
    (/^(paddle:)?[\w-][\w.-]*\/[\w-][\w.-]*$/.test(text) && !text.includes('..') && !text.includes('--'))
  )
}

/**
 * Reads the name of a model.
 * @throws InvalidArgumentError if it is none.
 */
export function parseModelSource(name: string): ModelSource {
  if (!isModelName(name)) {
    const expected =
      'a repository such as "CompVis/ldm-super-resolution-4x-openimages", perhaps with "paddle:" before it, or the address of a folder'
    throw new InvalidArgumentError({ argument: 'model', value: name, expected })
  }
  const address = addressOf(name)
  if (address !== undefined) return { host: 'address', repository: address, id: address }
  const paddle = name.startsWith('paddle:')
  return { host: paddle ? 'paddle' : 'hugging-face', repository: paddle ? name.slice(7) : name, id: name }
}

/** The address of a model's folder, as it was given or as that of its `model_index.json`; undefined if it is none. */
function addressOf(text: string): string | undefined {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.search || url.hash || url.username || url.password) return undefined
  return url.href.replace(/model_index\.json$/, '').replace(/\/+$/, '')
}
