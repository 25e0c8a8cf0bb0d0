import { isSafePath, type ListedFile } from '@latentkit/hub'

/** `trees/<commit>.json` of huggingface_hub: what a commit has, kept so that it need not be asked for again. */
interface TreeFile {
  readonly format_version: 1
  readonly files: Readonly<Record<string, TreeEntry>>
}

interface TreeEntry {
  readonly size?: number
  readonly blob_id?: string
  readonly lfs_sha256?: string
  readonly lfs_size?: number
}

/** A listing as text for the tree file. */
export function formatTree(files: readonly ListedFile[]): string {
  const entries = files.map(({ path, size, hash, gitId }): [string, TreeEntry] => {
    const lfs =
      hash?.algorithm === 'sha256' ? { lfs_sha256: hash.hex, ...(size !== undefined && { lfs_size: size }) } : {}
    return [path, { ...(size !== undefined && { size }), ...(gitId !== undefined && { blob_id: gitId }), ...lfs }]
  })
  const tree: TreeFile = { format_version: 1, files: Object.fromEntries(entries) }
  return JSON.stringify(tree, null, 1)
}

/** The listing in a tree file, by whomever it was written; undefined if it is of another kind. */
export function parseTree(text: string): readonly ListedFile[] | undefined {
  try {
    const tree = JSON.parse(text) as TreeFile
    if (tree.format_version !== 1) return undefined
    const files = Object.entries(tree.files).map(([path, entry]) => listedFile(path, entry))
    return files.every(({ path, hash }) => isSafePath(path) && isHash(hash)) ? files : undefined
  } catch {
    return undefined
  }
}

function listedFile(path: string, { size, blob_id: gitId, lfs_sha256: sha256, lfs_size }: TreeEntry): ListedFile {
  const bytes = lfs_size ?? size
  const hash = sha256 ? { algorithm: 'sha256', hex: sha256 } : gitId ? { algorithm: 'git-sha1', hex: gitId } : undefined
  return {
    path,
    ...(bytes !== undefined && { size: bytes }),
    ...(hash && { hash: hash as NonNullable<ListedFile['hash']> }),
    ...(gitId !== undefined && { gitId }),
  }
}

function isHash(hash: ListedFile['hash']): boolean {
  return hash === undefined || (hash.algorithm === 'sha256' ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(hash.hex)
}
