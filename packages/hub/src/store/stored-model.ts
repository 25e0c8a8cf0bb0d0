import { type ModelFiles, ModelFilesError } from '@latentkit/core'
import type { RepositoryStore } from './file-store.ts'

/** A model that lies in a store. */
export interface FetchedModel extends ModelFiles {
  /** The commit that was fetched. */
  readonly commit: string
}

/** Opens some files of a snapshot as a model. @param variant Of the weights among them. */
export function storedModel(
  store: RepositoryStore,
  name: string,
  commit: string,
  files: readonly { readonly path: string }[],
  variant?: string,
): FetchedModel {
  const paths = files.map(({ path }) => path).sort()
  const known = new Set(paths)
  return {
    name,
    commit,
    ...(variant !== undefined && { variant }),
    list: async () => paths,
    async open(path) {
      if (!known.has(path)) throw new ModelFilesError({ path: `${name}/${path}`, problem: 'no such file' })
      return store.open(commit, path)
    },
    async dispose() {},
  }
}
