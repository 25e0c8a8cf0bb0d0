import { ModelFilesError, memoryFile } from '@latentkit/core'
import type { ListedFile } from '../repository/listing.ts'
import type { FileStore, PartFile, RepositoryStore } from './file-store.ts'
import { createLocks } from './locks.ts'

/** A store that lasts as long as the program: for tests, and where there is no disk. */
export function createMemoryStore(): FileStore {
  const repositories = new Map<string, RepositoryStore & { readonly isEmpty: () => boolean }>()
  const repository = (id: string) => {
    const kept = repositories.get(id) ?? createRepository(id)
    repositories.set(id, kept)
    return kept
  }
  return {
    name: 'memory',
    repositories: async () => [...repositories].flatMap(([id, kept]) => (kept.isEmpty() ? [] : [id])).sort(),
    repository,
  }
}

function createRepository(id: string): RepositoryStore & { readonly isEmpty: () => boolean } {
  const refs = new Map<string, string>()
  const listings = new Map<string, readonly ListedFile[]>()
  const snapshots = new Map<string, Map<string, string>>()
  const blobs = new Map<string, Uint8Array>()
  const parts = new Map<string, Part>()
  const locks = createLocks()
  return {
    isEmpty: () => snapshots.size === 0 && parts.size === 0,
    readRef: async (revision) => refs.get(revision),
    async writeRef(revision, commit) {
      refs.set(revision, commit)
    },
    readListing: async (commit) => listings.get(commit),
    async writeListing(commit, files) {
      listings.set(commit, files)
    },
    commits: async () => [...snapshots.keys()].sort(),
    async files(commit) {
      const paths = [...(snapshots.get(commit) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
      return paths.flatMap(([path, blob]) => {
        const bytes = blobs.get(blob)
        return bytes ? [{ path, blob, size: bytes.length }] : []
      })
    },
    async open(commit, path) {
      const bytes = blobs.get(snapshots.get(commit)?.get(path) ?? '')
      if (!bytes) throw new ModelFilesError({ path: `${id}/${path}`, problem: 'no such file' })
      return memoryFile(path, bytes)
    },
    blobSize: async (blob) => blobs.get(blob)?.length,
    async link(commit, path, blob) {
      snapshots.set(commit, (snapshots.get(commit) ?? new Map()).set(path, blob))
    },
    async openPart(key) {
      const part = parts.get(key) ?? { bytes: new Uint8Array(0), journal: undefined }
      parts.set(key, part)
      return createPart(
        part,
        (blob, bytes) => blobs.set(blob, bytes),
        () => parts.delete(key),
      )
    },
    lock: locks,
    async removeFile(commit, path) {
      const blob = snapshots.get(commit)?.get(path)
      snapshots.get(commit)?.delete(path)
      if (blob !== undefined) blobs.delete(blob)
    },
    async remove() {
      const bytes = [...blobs.values(), ...[...parts.values()].map((part) => part.bytes)]
      for (const map of [refs, listings, snapshots, blobs, parts]) map.clear()
      return bytes.reduce((sum, { length }) => sum + length, 0)
    },
  }
}

interface Part {
  bytes: Uint8Array
  journal: string | undefined
}

function createPart(part: Part, keep: (blob: string, bytes: Uint8Array) => void, forget: () => void): PartFile {
  return {
    journal: part.journal,
    async saveJournal(text) {
      part.journal = text
    },
    async write(offset, bytes) {
      const end = offset + bytes.length
      if (end > part.bytes.length) {
        // Twice as large each time, so that many small writes stay cheap; `commit` cuts it to size.
        const larger = new Uint8Array(Math.max(end, part.bytes.length * 2))
        larger.set(part.bytes)
        part.bytes = larger
      }
      part.bytes.set(bytes, offset)
    },
    read: (offset, length) => memoryFile('part', part.bytes).read(offset, length),
    async commit(blob, size) {
      keep(blob, part.bytes.slice(0, size))
      forget()
    },
    async discard() {
      forget()
    },
    async close() {},
  }
}
