import { RepositoryError } from '../errors/index.ts'
import type { Client } from '../http/client.ts'
import { readJsonAnswer } from '../http/read-answer.ts'
import type { ListedFile } from './listing.ts'
import { encodePath, type Remote } from './remote.ts'
import { isSafePath } from './safe-path.ts'

/** Files that a listing may have: a hundred times what a large model has, and as many as the pages hold. */
const mostFiles = 100_000
/** Pages of a listing that are read; a page has a thousand files. */
const mostPages = 100

/**
 * A model on the Hugging Face hub or a mirror that speaks its interface.
 * @param endpoint Such as `https://huggingface.co`, without a slash at its end.
 */
export function createHuggingFaceRemote(client: Client, endpoint: string, repository: string): Remote {
  const api = `${endpoint}/api/models/${encodePath(repository)}`
  const broken = (problem: string) => new RepositoryError({ repository, problem })
  return {
    async resolve(revision) {
      const url = `${api}/revision/${encodeURIComponent(revision)}`
      const { value } = await readJsonAnswer(client, url, { subject: { revision } })
      const { sha } = (value ?? {}) as { readonly sha?: unknown }
      if (typeof sha !== 'string' || !isCommit(sha)) throw broken(`the hub gave no commit for revision "${revision}"`)
      return { commit: sha }
    },
    async list(commit) {
      const files: ListedFile[] = []
      let url: string | undefined = `${api}/tree/${commit}?recursive=true`
      for (let page = 0; url !== undefined; page++) {
        if (page === mostPages) throw broken('the listing has no end')
        const answer = await readJsonAnswer(client, url, { subject: { revision: commit } })
        if (!Array.isArray(answer.value)) throw broken('the listing is no list')
        for (const entry of answer.value) files.push(...parseEntry(entry, repository))
        if (files.length > mostFiles) throw broken(`the listing has more than ${mostFiles} files`)
        url = nextPage(answer.headers, url)
      }
      return files
    },
    urlOf: (commit, path) => `${endpoint}/${encodePath(repository)}/resolve/${commit}/${encodePath(path)}`,
  }
}

/** True for a full commit, which never comes to mean something else. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision)
}

function parseEntry(value: unknown, repository: string): readonly ListedFile[] {
  const entry = (value ?? {}) as Readonly<Record<string, unknown>>
  if (entry.type !== 'file') return []
  const { path, size, oid } = entry
  if (typeof path !== 'string' || !isSafePath(path)) {
    const problem = `the listing has the path ${JSON.stringify(path)}, which could leave the cache folder`
    throw new RepositoryError({ repository, problem, hint: 'Do not trust this repository or endpoint.' })
  }
  const lfs = (entry.lfs ?? undefined) as { readonly oid?: unknown; readonly size?: unknown } | undefined
  const bytes = lfs?.size ?? size
  const hex = lfs?.oid ?? oid
  const length = lfs ? 64 : 40
  if (!Number.isSafeInteger(bytes) || (bytes as number) < 0 || typeof hex !== 'string' || !/^[0-9a-f]+$/.test(hex)) {
    throw new RepositoryError({ repository, problem: `the listing gives no size and hash of ${path}` })
  }
  if (hex.length !== length) throw new RepositoryError({ repository, problem: `the hash of ${path} is ${hex}` })
  const hash = { algorithm: lfs ? 'sha256' : 'git-sha1', hex } as const
  return [{ path, size: bytes as number, hash, ...(typeof oid === 'string' && { gitId: oid }) }]
}

/** The hub names the next page in a Link header, as GitHub does. */
function nextPage(headers: Headers, current: string): string | undefined {
  const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1]
  // What is no address is left as it is, to be refused by whoever fetches it.
  return next === undefined || !URL.canParse(next, current) ? next : new URL(next, current).href
}
