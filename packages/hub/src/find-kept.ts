import { LatentkitError, readJson } from '@latentkit/core'
import { chooseFiles } from './choose/choose-files.ts'
import { componentsOf } from './choose/component-names.ts'
import { OfflineError, type RepositoryError } from './errors/index.ts'
import type { FetchModelOptions } from './fetch-options.ts'
import { isCommit } from './repository/hugging-face.ts'
import type { ListedFile } from './repository/listing.ts'
import type { ModelSource } from './repository/model-source.ts'
import type { RepositoryStore } from './store/file-store.ts'
import { type FetchedModel, storedModel } from './store/stored-model.ts'

/** What a store has of a model. */
export interface Kept {
  readonly complete?: FetchedModel
  /** The complete model is of another commit than the revision was when last asked. */
  readonly isOther?: boolean
  /** Why there is no complete model. */
  readonly problem: OfflineError | RepositoryError
}

/**
 * Looks whether the store has all that is needed. Once other files were fetched of a newer commit, what was complete before
 * is found at the older one; of several that would do, nobody knows which is meant, and none is taken.
 */
export async function findKept(
  store: RepositoryStore,
  source: ModelSource,
  revision: string,
  options: FetchModelOptions,
): Promise<Kept> {
  const commit = isCommit(revision) ? revision : await readCommit(store, revision)
  const last = await findAt(store, source, revision, commit, options)
  if (last.complete || commit === undefined || isCommit(revision)) return last
  const others = (await store.commits()).filter((other) => other !== commit && isCommit(other))
  // One that cannot be read is not the one that was asked for, and stops nobody.
  const look = (other: string) => findAt(store, source, revision, other, options).catch(() => last)
  const [complete, ...more] = (await Promise.all(others.map(look))).flatMap((kept) => kept.complete ?? [])
  return complete && more.length === 0 ? { ...last, complete, isOther: true } : last
}

/** The commit that a branch or tag was when last asked. A file that holds none, as a full disk leaves it, says nothing. */
export async function readCommit(store: RepositoryStore, revision: string): Promise<string | undefined> {
  const commit = await store.readRef(revision)
  return commit !== undefined && isCommit(commit) ? commit : undefined
}

async function findAt(
  store: RepositoryStore,
  source: ModelSource,
  revision: string,
  commit: string | undefined,
  options: FetchModelOptions,
): Promise<Kept> {
  const explain = (missing?: readonly string[]) =>
    new OfflineError({ repository: source.id, revision, store: options.store.name, ...(missing && { missing }) })
  const files = commit === undefined ? [] : await store.files(commit)
  if (commit === undefined || files.length === 0) return { problem: explain() }
  const listed = await store.readListing(commit)
  const sizes = new Map(files.map(({ path, size }) => [path, size]))
  const isThere = ({ path, size }: ListedFile) => sizes.has(path) && sizes.get(path) === (size ?? sizes.get(path))
  const index = listed?.find(({ path }) => path === 'model_index.json')
  if (index && !isThere(index)) return { problem: explain(['model_index.json']) }
  let chosen: readonly ListedFile[]
  try {
    chosen = await chooseOf(store, source, commit, listed ?? files, options)
  } catch (error) {
    if (!LatentkitError.isInstance(error, 'repository')) throw error
    // Only with the listing is it known that the repository itself lacks something.
    const { problem } = error as RepositoryError
    return { problem: listed ? (error as RepositoryError) : explain([`what is needed (${problem})`]) }
  }
  const missing = chosen.filter((file) => !isThere(file))
  const problem = explain(missing.map(({ path }) => path))
  return missing.length === 0
    ? { complete: storedModel(store, source.id, commit, chosen, options.variant), problem }
    : { problem }
}

/** The files of the model, of all that the repository lists. Its `model_index.json` is in the store by now. */
export async function chooseOf(
  store: RepositoryStore,
  source: ModelSource,
  commit: string,
  files: readonly ListedFile[],
  options: FetchModelOptions,
): Promise<readonly ListedFile[]> {
  const { variant } = options
  let { components } = options
  if (components === undefined && files.some(({ path }) => path === 'model_index.json')) {
    const model = storedModel(store, source.id, commit, [{ path: 'model_index.json' }])
    components = componentsOf(await readJson(model, 'model_index.json')).map((component) => component.name)
  }
  return chooseFiles(files, { variant, components, repository: source.id })
}
