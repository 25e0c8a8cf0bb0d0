import type { ListedFile, RepositoryListing } from './listing.ts'

/** A repository on a server. */
export interface Remote {
  /**
   * The commit that a revision is now, and where it costs nothing more, its files.
   * @throws NotFoundError, AccessError, NetworkError, RepositoryError.
   */
  resolve(revision: string): Promise<{ readonly commit: string; readonly files?: readonly RemoteFile[] }>
  /** The files of a commit. */
  list(commit: string): Promise<RepositoryListing['files']>
  /** Where a file of a commit is fetched. */
  urlOf(commit: string, path: string): string
}

/** A listed file with what only this moment's server knows. */
export interface RemoteFile extends ListedFile {
  readonly etag?: string
}

/** Each part of a path as it stands in a URL. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
