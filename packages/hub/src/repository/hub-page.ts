/** What an address that was copied from the Hugging Face hub shows. */
export interface HubPage {
  /** Such as `CompVis/ldm-super-resolution-4x-openimages`. */
  readonly repository: string
  /** `repository` for its first page and the list of its files; `files` for what the hub serves itself, below `resolve`. */
  readonly kind: 'repository' | 'files' | 'other'
  /** The revision whose list of files it is, where that is not `main`. */
  readonly revision?: string
}

const page =
  /^(?:https?:\/\/)?(?:www\.)?(?:huggingface|hf)\.co\/(?!(?:datasets|spaces|docs|api)\/)([\w-][\w.-]*\/[\w-][\w.-]*)\/?([^?#]*)/i

/** Reads the address of a page of the Hugging Face hub; undefined if it is none of a repository of models. */
export function parseHubPage(text: string): HubPage | undefined {
  const [, repository, rest] = page.exec(text) ?? []
  if (repository === undefined || rest === undefined) return undefined
  if (/^(tree\/main\/?)?$/.test(rest)) return { repository, kind: 'repository' }
  const revision = /^tree\/([^/]+)\/?$/.exec(rest)?.[1]?.replaceAll('%2F', '/')
  if (revision !== undefined) return { repository, kind: 'other', revision }
  return { repository, kind: rest.startsWith('resolve/') ? 'files' : 'other' }
}
