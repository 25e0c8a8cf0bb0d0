import { randomUUID } from 'node:crypto'
import { copyFile, link, readdir, readFile, realpath, rm, stat, statfs, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { ModelFilesError } from '@latentkit/core'
import { isSafePath, type RepositoryStore, type StoredFile } from '@latentkit/hub'
import { openDiskFile } from '../files/disk-file.ts'
import { listFolder } from '../files/list-folder.ts'
import { makeFolder } from '../files/make-folder.ts'
import { replaceFile } from '../files/replace-file.ts'
import { writeAtomically } from '../files/write-atomically.ts'
import { lockFile } from './disk-lock.ts'
import { openDiskPart } from './disk-part.ts'
import { ifThere, reading, writing } from './disk-problem.ts'
import { formatTree, parseTree } from './tree-file.ts'

/**
 * One repository in huggingface_hub's layout: `blobs/<hash>`, `snapshots/<commit>/<path>` as links to blobs,
 * `refs/<revision>` and `trees/<commit>.json`.
 * @param root The folder of this repository. @param locks The folder of its locks.
 */
export function createDiskRepository(root: string, locks: string): RepositoryStore {
  const blobs = join(root, 'blobs')
  const write = (path: string, text: string) =>
    writing(root, async () => {
      await makeFolder(dirname(path))
      await writeAtomically(path, new TextEncoder().encode(text))
    })
  const read = <T>(run: () => Promise<T>) => reading(root, run)
  const at = (...parts: readonly string[]) => {
    // Callers have checked what servers say; this is the last door before the disk.
    for (const part of parts) {
      if (!isSafePath(part)) throw new ModelFilesError({ path: part, problem: 'is no path within a model' })
    }
    return join(root, ...parts)
  }
  const listFiles = async (commit: string) => {
    const folder = at('snapshots', commit)
    const entries = (await ifThere(listFolder(folder))) ?? []
    const found = await Promise.all(entries.map(({ path }) => describe(folder, path, blobs)))
    return found.filter((file) => file !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1))
  }
  const readText = async (...parts: readonly string[]) => {
    const path = at(...parts)
    return reading(path, () => ifThere(readFile(path, 'utf8')))
  }
  const readListing = async (commit: string) => {
    const text = await readText('trees', `${commit}.json`)
    return text === undefined ? undefined : parseTree(text)
  }
  const removeFile = async (commit: string, path: string) => {
    const file = at('snapshots', commit, path)
    const blob = await ifThere(realpath(file))
    await rm(file, { force: true })
    // A link may lead out of the cache (huggingface_hub can share blobs): only what is this repository's is removed.
    if (blob?.startsWith((await realpath(root)) + sep)) await rm(blob, { force: true })
    // Where links are not allowed, only the listing tells which blob it is.
    const hash = (await readListing(commit))?.find((listed) => listed.path === path)?.hash
    if (hash) await rm(at('blobs', hash.hex), { force: true })
  }
  const remove = async () => {
    const kept = (await ifThere(readdir(blobs))) ?? []
    const sizes = await Promise.all(kept.map(async (name) => (await ifThere(stat(join(blobs, name))))?.size ?? 0))
    await rm(root, { recursive: true, force: true })
    await rm(locks, { recursive: true, force: true })
    return sizes.reduce((sum, size) => sum + size, 0)
  }
  return {
    readRef: async (revision) => (await readText('refs', revision))?.trim(),
    writeRef: async (revision, commit) => write(at('refs', revision), commit),
    readListing,
    writeListing: async (commit, listing) => write(at('trees', `${commit}.json`), formatTree(listing)),
    commits: () => read(async () => ((await ifThere(readdir(join(root, 'snapshots')))) ?? []).sort()),
    files: (commit) => read(() => listFiles(commit)),
    open: async (commit, path) => openDiskFile(at('snapshots', commit, path), path),
    blobSize: (blob) => read(async () => (await ifThere(stat(at('blobs', blob))))?.size),
    link: (commit, path, blob) => writing(root, async () => point(at('snapshots', commit, path), at('blobs', blob))),
    openPart: async (key) => openDiskPart(root, at('blobs', `${key}.latentkit.incomplete`)),
    lock: (key, signal) => writing(root, () => lockFile(join(locks, `${key}.latentkit.lock`), signal)),
    removeFile: (commit, path) => writing(root, () => removeFile(commit, path)),
    remove: () => writing(root, remove),
    freeBytes: () =>
      read(async () => {
        const status = await ifThere(statfs(root))
        return status && status.bavail * status.bsize
      }),
  }
}

/** A file of a snapshot; undefined for a link whose blob is gone. */
async function describe(folder: string, path: string, blobs: string): Promise<StoredFile | undefined> {
  const target = await ifThere(realpath(join(folder, path)))
  if (target === undefined) return undefined
  const { size } = await stat(target)
  const isBlob = basename(dirname(target)) === basename(blobs)
  return { path, size, ...(isBlob && { blob: basename(target) }) }
}

/** Makes a path stand for a blob at once: by a relative link, or where links are not allowed (Windows) by a second name. */
async function point(path: string, blob: string): Promise<void> {
  const target = relative(dirname(path), blob)
  await makeFolder(dirname(path))
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`
  try {
    await symlink(target, temporary).catch(() => link(blob, temporary).catch(() => copyFile(blob, temporary)))
    await replaceFile(temporary, path)
  } finally {
    // There if it was refused, or if both were names of the same blob: then the system renames nothing.
    await rm(temporary, { force: true })
  }
}
