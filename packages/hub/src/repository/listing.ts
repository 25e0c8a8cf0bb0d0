/** How a file's content is known beforehand. */
export interface ExpectedHash {
  /** `sha256` of the bytes (files in LFS), or git's SHA-1 of a blob (small files). */
  readonly algorithm: 'sha256' | 'git-sha1'
  /** Lower-case hexadecimal. */
  readonly hex: string
}

/** One file of a repository at one commit. */
export interface ListedFile {
  /** With `/`, relative to the repository; checked by `isSafePath`. */
  readonly path: string
  /** Bytes; unknown for servers that do not say. */
  readonly size?: number
  /** Absent for servers that publish none (PaddleNLP): then the SHA-256 of what came first is kept. */
  readonly hash?: ExpectedHash
  /** Git's id of it; for a file in LFS that of its pointer, which says nothing about the content. */
  readonly gitId?: string
}

/** The files of a repository at one commit, which never change. */
export interface RepositoryListing {
  /** 40 hexadecimal digits. */
  readonly commit: string
  readonly files: readonly ListedFile[]
}
