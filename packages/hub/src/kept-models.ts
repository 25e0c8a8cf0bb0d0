import type { ExpectedHash } from './repository/listing.ts'
import { assertStore } from './store/assert-store.ts'
import type { FileStore, StoredFile } from './store/file-store.ts'
import { hashBytes } from './store/hash-bytes.ts'
import { createPortableHash } from './store/streaming-hash.ts'

/** What a store keeps of a model. */
export interface KeptModel {
  /** As `fetchModel` takes it. */
  readonly name: string
  readonly commits: readonly { readonly commit: string; readonly files: readonly StoredFile[] }[]
  /** Bytes of all files, those that commits share counted once. */
  readonly bytes: number
}

/**
 * All models that a store keeps, those another program put there included.
 * @throws InvalidArgumentError for what is no store.
 */
export async function listModels(store: FileStore): Promise<readonly KeptModel[]> {
  assertStore(store)
  return Promise.all((await store.repositories()).map((name) => describe(store, name)))
}

async function describe(store: FileStore, name: string): Promise<KeptModel> {
  const repository = store.repository(name)
  const commits = await Promise.all(
    (await repository.commits()).map(async (commit) => ({ commit, files: await repository.files(commit) })),
  )
  const sizes = new Map(
    commits.flatMap(({ commit, files }) =>
      files.map((file) => [file.blob ?? `${commit}/${file.path}`, file.size] as const),
    ),
  )
  return { name, commits, bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) }
}

/** What `verifyModel` found of one file. */
export interface VerifiedFile {
  readonly commit: string
  readonly path: string
  readonly size: number
  /** `unknown`: nobody said what its hash should be. */
  readonly state: 'right' | 'wrong' | 'unknown'
}

/** What to do about wrong files, and how to follow the check. */
export interface VerifyModelOptions {
  /** Removes wrong files, so that they are fetched anew. Default false. */
  readonly removeWrong?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each file. */
  readonly onFile?: ((file: VerifiedFile) => void) | undefined
}

/**
 * Reads every kept file of a model and compares it with its hash. Empty if nothing of the model is kept.
 * @throws InvalidArgumentError for what is no store.
 */
export async function verifyModel(
  store: FileStore,
  name: string,
  options: VerifyModelOptions = {},
): Promise<readonly VerifiedFile[]> {
  assertStore(store)
  const repository = store.repository(name)
  const createHash = store.createHash ?? createPortableHash
  const verified: VerifiedFile[] = []
  /** Of each blob by algorithm, so that what several paths stand for is read once, and not when it was removed. */
  const hashes = new Map<string, string>()
  const hashOf = async (commit: string, { path, size, blob }: StoredFile, algorithm: ExpectedHash['algorithm']) => {
    const key = `${algorithm} ${blob ?? `${commit}/${path}`}`
    const known = hashes.get(key)
    if (known !== undefined) return known
    const hex = await hashBytes(createHash, algorithm, await repository.open(commit, path), size, options.signal)
    hashes.set(key, hex)
    return hex
  }
  // All of them before the first is removed.
  const { commits } = await describe(store, name)
  for (const { commit, files } of commits) {
    const listing = new Map((await repository.readListing(commit))?.map((file) => [file.path, file]))
    for (const file of files) {
      options.signal?.throwIfAborted()
      const { path, size, blob } = file
      const expected = listing.get(path)?.hash ?? hashOfName(blob)
      const hex = expected && (await hashOf(commit, file, expected.algorithm))
      const state = expected === undefined ? 'unknown' : hex === expected.hex ? 'right' : 'wrong'
      if (state === 'wrong' && options.removeWrong) await repository.removeFile(commit, path)
      verified.push({ commit, path, size, state })
      options.onFile?.(verified.at(-1)!)
    }
  }
  return verified
}

/** A blob is called by its hash. */
function hashOfName(blob: string | undefined): ExpectedHash | undefined {
  if (blob === undefined || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(blob)) return undefined
  return { algorithm: blob.length === 64 ? 'sha256' : 'git-sha1', hex: blob }
}
