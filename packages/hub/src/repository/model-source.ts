import { InvalidArgumentError } from '@latentkit/core'

/** A model named by its repository. */
export interface ModelSource {
  readonly host: 'hugging-face' | 'paddle'
  /** Such as `CompVis/ldm-super-resolution-4x-openimages`. */
  readonly repository: string
  /** What it is called in stores and messages: the repository, for PaddleNLP with `paddle:` before it. */
  readonly id: string
}

/** True for text that names a repository: `organisation/name` or `paddle:organisation/name`. */
export function isModelName(text: string): boolean {
  return /^(paddle:)?[\w-][\w.-]*\/[\w-][\w.-]*$/.test(text) && !text.includes('..') && !text.includes('--')
}

/**
 * Reads the name of a model.
 * @throws InvalidArgumentError if it is none.
 */
export function parseModelSource(name: string): ModelSource {
  if (!isModelName(name)) {
    const expected =
      'a repository such as "CompVis/ldm-super-resolution-4x-openimages", perhaps with "paddle:" before it'
    throw new InvalidArgumentError({ argument: 'model', value: name, expected })
  }
  const paddle = name.startsWith('paddle:')
  return { host: paddle ? 'paddle' : 'hugging-face', repository: paddle ? name.slice(7) : name, id: name }
}
