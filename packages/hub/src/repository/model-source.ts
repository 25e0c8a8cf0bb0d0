import { InvalidArgumentError } from '@latentkit/core'
import { parseHubPage } from './hub-page.ts'

/** A model named by its repository. */
export interface ModelSource {
  readonly host: 'hugging-face' | 'paddle' | 'address'
  /** Such as `CompVis/ldm-super-resolution-4x-openimages`; of an address the whole, without a slash at its end. */
  readonly repository: string
  /** What it is called in stores and messages: the repository, for PaddleNLP with `paddle:` before it. */
  readonly id: string
}

/** The ending of what is one file, not a folder. */
const weightFile = /\.(ckpt|pt|pth|bin|safetensors|pdparams)$/i

/**
 * True for text that names a model to fetch: `organisation/name`, `paddle:organisation/name`, the address of a folder, or
 * that of a repository's page on the hub.
 */
export function isModelName(text: string): boolean {
  return sourceOf(text) !== undefined
}

/**
 * Reads the name of a model.
 * @throws InvalidArgumentError if it is none.
 */
export function parseModelSource(name: string): ModelSource {
  const source = sourceOf(name)
  if (source) return source
  const expected =
    'a repository such as "CompVis/ldm-super-resolution-4x-openimages", perhaps with "paddle:" before it, or the address of a folder'
  throw new InvalidArgumentError({ argument: 'model', value: name, expected, ...hintFor(name) })
}

function sourceOf(text: string): ModelSource | undefined {
  const page = parseHubPage(text)
  const name = page?.kind === 'repository' ? page.repository : text
  if (/^(paddle:)?[\w-][\w.-]*\/[\w-][\w.-]*$/.test(name) && !name.includes('..') && !name.includes('--')) {
    const isPaddle = name.startsWith('paddle:')
    return { host: isPaddle ? 'paddle' : 'hugging-face', repository: isPaddle ? name.slice(7) : name, id: name }
  }
  const address = addressOf(text)
  if (address === undefined || weightFile.test(address) || (page && page.kind !== 'files')) return undefined
  return { host: 'address', repository: address, id: address }
}

function hintFor(text: string): { readonly hint?: string } {
  const page = parseHubPage(text)
  const isFile = weightFile.test(text.replace(/[?#].*/, ''))
  if (!page) return isFile ? { hint: 'Only folders are fetched: download the file and open it.' } : {}
  const revision = page.revision === undefined ? '' : `, with the revision "${page.revision}"`
  return { hint: `Give "${page.repository}"${revision}${isFile ? ', or download the file and open it' : ''}.` }
}

/** The address of a model's folder, as it was given or as that of its `model_index.json`; undefined if it is none. */
function addressOf(text: string): string | undefined {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.search || url.hash || url.username || url.password) return undefined
  return url.href.replace(/model_index\.json$/, '').replace(/\/+$/, '')
}
