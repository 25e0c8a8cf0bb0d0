import { InvalidArgumentError, type OnProgress } from '@latentkit/core'
import { downloadFile } from './download/download-file.ts'
import type { DownloadSettings, DownloadTask } from './download/download-task.ts'
import { createProgressMeter, type ProgressMeter } from './download/progress-meter.ts'
import type { FetchModelOptions } from './fetch-options.ts'
import type { Client } from './http/client.ts'
import { defaultRetryPolicy } from './http/retry.ts'
import { createHuggingFaceRemote } from './repository/hugging-face.ts'
import type { ModelSource } from './repository/model-source.ts'
import { createPlainRemote, paddleEndpoint } from './repository/plain.ts'
import { encodePath, type Remote, type RemoteFile } from './repository/remote.ts'
import type { RepositoryStore } from './store/file-store.ts'
import { createPortableHash } from './store/streaming-hash.ts'

/** Files up to this many bytes are fetched beside each other; larger ones one by one, each over several connections. */
const smallFile = 2 ** 20

/** Brings files of one repository into a store. */
export interface Fetcher {
  readonly remote: Remote
  /** Makes sure that these files of a commit are in the store. */
  fetch(commit: string, files: readonly RemoteFile[], onProgress?: OnProgress): Promise<void>
}

/** @throws InvalidArgumentError for an endpoint, a token or a number that cannot be used. */
export function createFetcher(source: ModelSource, store: RepositoryStore, options: FetchModelOptions): Fetcher {
  const createHash = options.store.createHash ?? createPortableHash
  const endpoint = endpointOf(source, options)
  const { connections = 4, rangeSize = 32 * 2 ** 20 } = options
  checkCount('connections', connections)
  checkCount('rangeSize', rangeSize)
  const settings: DownloadSettings = { connections, rangeSize, createHash, storeName: options.store.name }
  const client: Client = {
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    origin: originOf(endpoint),
    token: source.host === 'hugging-face' ? checkedToken(options.token) : undefined,
    signal: options.signal,
    retry: { ...defaultRetryPolicy, ...options.retry },
    idleTimeout: options.idleTimeout ?? 30_000,
    repository: source.repository,
  }
  const { variant } = options
  const plain = (address: string, without?: RegExp) =>
    createPlainRemote(client, { address, ...(without && { without }), variant, createHash })
  const remotes: Readonly<Record<ModelSource['host'], () => Remote>> = {
    'hugging-face': () => createHuggingFaceRemote(client, endpoint, source.repository),
    // Names of torch are never there.
    paddle: () => plain(`${endpoint}/${encodePath(source.repository)}`, /pytorch/),
    address: () => plain(source.repository),
  }
  const remote = remotes[source.host]()

  const fetchOne = async (client: Client, commit: string, file: RemoteFile, meter: ProgressMeter, bytesAfter = 0) => {
    const key = await keyOf(file, source.id, createHash)
    const unlock = await store.lock(key, client.signal)
    try {
      // Another process, or another file of the same content, may have been faster.
      const kept = await findKept(store, commit, file)
      const task: DownloadTask = {
        name: `${source.repository}/${file.path}`,
        url: remote.urlOf(commit, file.path),
        size: file.size,
        hash: file.hash,
        key,
        etag: file.etag,
        bytesAfter,
      }
      const report = (bytes: number) => meter.report(file.path, bytes)
      const blob = kept?.blob ?? (await downloadFile(client, store, task, settings, report))
      if (kept) report(kept.size)
      await store.link(commit, file.path, blob)
    } finally {
      await unlock()
    }
  }
  return {
    remote,
    async fetch(commit, files, onProgress) {
      const kept = new Map((await store.files(commit)).map((file) => [file.path, file.size]))
      const missing = files.filter(({ path, size }) => !kept.has(path) || kept.get(path) !== (size ?? kept.get(path)))
      if (missing.length === 0) return
      const total = missing.reduce((sum, { size = 0 }) => sum + size, 0)
      const meter = createProgressMeter(onProgress, total)
      const isSmall = ({ size = Number.POSITIVE_INFINITY }: RemoteFile) => size <= smallFile
      await inParallel(missing.filter(isSmall), connections, client, (client, file) =>
        fetchOne(client, commit, file, meter),
      )
      const large = missing.filter((file) => !isSmall(file))
      let bytesAfter = large.reduce((sum, { size = 0 }) => sum + size, 0)
      for (const file of large) {
        bytesAfter -= file.size ?? 0
        await fetchOne(client, commit, file, meter, bytesAfter)
      }
      meter.flush()
    },
  }
}

/** The blob of a file, by its hash, or where that is not known, by the snapshot. */
async function findKept(
  store: RepositoryStore,
  commit: string,
  { path, size, hash }: RemoteFile,
): Promise<{ readonly blob: string; readonly size: number } | undefined> {
  const blob = hash?.hex ?? (await store.files(commit)).find((file) => file.path === path)?.blob
  const kept = blob === undefined ? undefined : await store.blobSize(blob)
  return blob !== undefined && kept !== undefined && kept === (size ?? kept) ? { blob, size: kept } : undefined
}

/** The server, without a slash at its end. */
function endpointOf({ host, repository }: ModelSource, { endpoint }: FetchModelOptions): string {
  if (host === 'address') return repository
  return (endpoint ?? (host === 'paddle' ? paddleEndpoint : 'https://huggingface.co')).replace(/\/+$/, '')
}

function originOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.origin
  const expected = 'a URL such as "https://huggingface.co"'
  throw new InvalidArgumentError({ argument: 'endpoint', value: endpoint, expected })
}

/** `fetch` would show all of one that a header cannot hold. */
function checkedToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]*$/.test(token)) return token
  const expected = 'letters, digits and signs without spaces or line breaks'
  const hint = 'Copy it anew; it may be in HF_TOKEN.'
  throw new InvalidArgumentError({ argument: 'token', value: '(not shown)', expected, hint })
}

function checkCount(argument: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return
  throw new InvalidArgumentError({ argument, value, expected: 'a whole number above 0' })
}

/** Runs some at once; the first failure ends the others, and all have ended before it is thrown. */
async function inParallel<T>(
  items: readonly T[],
  limit: number,
  client: Client,
  run: (client: Client, item: T) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, ...(client.signal ? [client.signal] : [])])
  const queue = [...items]
  let failure: { readonly error: unknown } | undefined
  const work = async () => {
    for (let item = queue.shift(); item !== undefined && !failure; item = queue.shift()) {
      await run({ ...client, signal }, item).catch((error) => {
        failure ??= { error }
        stop.abort(error)
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  if (failure) throw failure.error
}

/** What a file's part and lock are called: its hash, or one of all that is known about it. */
async function keyOf(
  file: RemoteFile,
  repository: string,
  createHash: NonNullable<FetchModelOptions['store']['createHash']>,
): Promise<string> {
  if (file.hash) return file.hash.hex
  const hash = await createHash('sha1')
  hash.update(new TextEncoder().encode(JSON.stringify([repository, file.path, file.size, file.etag])))
  return hash.digest()
}
