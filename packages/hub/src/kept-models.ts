import type { ExpectedHash } from './repository/listing.ts'
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

/** All models that a store keeps, those another program put there included. */
export async function listModels(store: FileStore): Promise<readonly KeptModel[]> {
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

export interface VerifyModelOptions {
  /** Removes wrong files, so that they are fetched anew. Default false. */
  readonly removeWrong?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each file. */
  readonly onFile?: ((file: VerifiedFile) => void) | undefined
}

/** Reads every kept file of a model and compares it with its hash. Empty if nothing of the model is kept. */
export async function verifyModel(
  store: FileStore,
  name: string,
  options: VerifyModelOptions = {},
): Promise<readonly VerifiedFile[]> {
  const repository = store.repository(name)
  const createHash = store.createHash ?? createPortableHash
  const verified: VerifiedFile[] = []
  for (const commit of await repository.commits()) {
    const listing = new Map((await repository.readListing(commit))?.map((file) => [file.path, file]))
    for (const { path, size, blob } of await repository.files(commit)) {
      options.signal?.throwIfAborted()
      const expected = listing.get(path)?.hash ?? hashOfName(blob)
      const file = await repository.open(commit, path)
      const hex = expected && (await hashBytes(createHash, expected.algorithm, file, size, options.signal))
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
