import { assertOptions, InvalidArgumentError, LatentkitError } from '@latentkit/core'
import { type FetchModelOptions, fetchOptionNames } from './fetch-options.ts'
import { createFetcher, type Fetcher } from './fetcher.ts'
import { chooseOf, findKept, readCommit } from './find-kept.ts'
import { isCommit } from './repository/hugging-face.ts'
import { type ModelSource, parseModelSource } from './repository/model-source.ts'
import type { RemoteFile } from './repository/remote.ts'
import { isSafePath } from './repository/safe-path.ts'
import { assertStore } from './store/assert-store.ts'
import type { RepositoryStore } from './store/file-store.ts'
import { type FetchedModel, storedModel } from './store/stored-model.ts'

/** Milliseconds without a byte after which a kept copy is used instead of the hub's answer. */
const shortPatience = 5000

/** Codes of errors that keep an update from being fetched or kept, and say nothing against what is kept. */
const mayPass: readonly string[] = ['network', 'storage_full', 'model_files']

/**
 * Makes sure that a model is in the store, fetching what is missing, and opens it.
 *
 * Only the needed files are fetched (see `chooseFiles`), each is checked against the hub's hash before it is kept, and an
 * interrupted fetch goes on where it stopped. A full commit that is in the store needs no network; for a branch the hub is
 * asked what commit it is, and if it cannot be reached at once, or the new commit cannot be fetched or kept (network, disk),
 * the commit of the last time is used, with a warning.
 * @param name `organisation/name` on the Hugging Face hub, `paddle:organisation/name` on PaddleNLP's mirror, or the address
 * of a folder in diffusers layout on any server.
 * @throws NetworkError, AccessError, NotFoundError, RepositoryError, OfflineError, IntegrityError, StorageFullError;
 * InvalidArgumentError; the signal's reason.
 */
export async function fetchModel(name: string, options: FetchModelOptions): Promise<FetchedModel> {
  assertOptions(options, fetchOptionNames)
  assertStore(options?.store)
  const { revision = 'main', signal, onProgress } = options
  const source = parseModelSource(name)
  if (!isSafePath(revision)) {
    throw new InvalidArgumentError({ argument: 'revision', value: revision, expected: 'a branch, a tag or a commit' })
  }
  signal?.throwIfAborted()
  const store = options.store.repository(source.id)
  const kept = await findKept(store, source, revision, options)
  const use = (model: FetchedModel) => {
    if (kept.isOther) onProgress?.({ type: 'warning', code: 'other_commit', message: otherCommit(model, revision) })
    return model
  }
  if (kept.complete && (options.offline || isCommit(revision))) return use(kept.complete)
  if (options.offline) throw kept.problem

  const useInstead = (error: unknown) => {
    const passes = LatentkitError.isInstance(error) && mayPass.includes(error.code)
    if (!kept.complete || !passes || signal?.aborted) throw error
    const code = error.code === 'network' ? 'hub_unreachable' : 'not_updated'
    onProgress?.({ type: 'warning', code, message: `${error.message} The copy in ${options.store.name} is used.` })
    return use(kept.complete)
  }
  const fetcher = createFetcher(source, store, options)
  let resolved: Resolved
  try {
    resolved = await resolve(
      kept.complete ? createFetcher(source, store, impatient(options)) : fetcher,
      store,
      source,
      revision,
    )
  } catch (error) {
    return useInstead(error)
  }
  try {
    return await bring(fetcher, store, source, resolved, kept.complete?.commit, options)
  } catch (error) {
    // Where it is known what the revision is, no commit that may never have been it takes its place, nor one that lacks something.
    if (kept.isOther || kept.complete?.commit === resolved.commit) throw error
    return useInstead(error)
  }
}

/** Brings what is missing of a commit into the store, and opens it. @param keptCommit One of which all is there. */
async function bring(
  fetcher: Fetcher,
  store: RepositoryStore,
  source: ModelSource,
  { revision, commit, files, isStored }: Resolved,
  keptCommit: string | undefined,
  options: FetchModelOptions,
): Promise<FetchedModel> {
  if (!isStored) {
    await store.writeListing(commit, files).catch((error) => {
      // A model that is all there, as Python's client left it, needs no listing: its cache may be one that can only be read.
      if (keptCommit !== commit) throw error
    })
  }
  const index = files.filter(({ path }) => path === 'model_index.json')
  await fetcher.fetch(commit, index)
  const chosen = await chooseOf(store, source, commit, files, options)
  const before = isCommit(revision) ? commit : await readCommit(store, revision)
  // Where nothing was, the ref tells even an interrupted fetch's commit; where something was, it changes when all is there.
  if (before === undefined) await store.writeRef(revision, commit)
  await fetcher.fetch(commit, chosen, options.onProgress)
  if (before !== undefined && before !== commit) await store.writeRef(revision, commit)
  return storedModel(store, source.id, commit, chosen, options.variant)
}

function otherCommit({ name, commit }: FetchedModel, revision: string): string {
  return `${name}: of the last known commit of "${revision}" not all is kept; commit ${commit}, which is, is used.`
}

/** Asks once, and waits a short time only. */
function impatient(options: FetchModelOptions): FetchModelOptions {
  const { idleTimeout = shortPatience, retry } = options
  return { ...options, retry: { ...retry, attempts: 1 }, idleTimeout: Math.min(idleTimeout, shortPatience) }
}

/** What a revision is, as the hub says. */
interface Resolved {
  readonly revision: string
  readonly commit: string
  readonly files: readonly RemoteFile[]
  /** Whether the store has the listing. */
  readonly isStored: boolean
}

async function resolve(
  fetcher: Fetcher,
  store: RepositoryStore,
  source: ModelSource,
  revision: string,
): Promise<Resolved> {
  const { remote } = fetcher
  const known = source.host === 'hugging-face' && isCommit(revision)
  const { commit, files }: { commit: string; files?: readonly RemoteFile[] } = known
    ? { commit: revision }
    : await remote.resolve(revision)
  const stored = await store.readListing(commit)
  const isStored = stored !== undefined
  return { revision, commit, files: files ?? stored ?? (await remote.list(commit)), isStored }
}
