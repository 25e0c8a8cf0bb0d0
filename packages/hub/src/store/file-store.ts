import type { RandomAccessFile } from '@latentkit/core'
import type { ListedFile } from '../repository/listing.ts'
import type { CreateHash } from './streaming-hash.ts'

/**
 * Where fetched models are kept: a folder on disk, the browser's own file system, memory.
 *
 * The shape is that of huggingface_hub's cache. A repository holds blobs, named by the hash of their content; snapshots,
 * one for each commit, whose paths point at blobs; and refs, which say what commit a branch or tag was when last asked.
 * Everything a store does is whole or not at all. Methods reject with `StorageFullError` when there is no room.
 */
export interface FileStore {
  /** For messages, such as the folder's path. */
  readonly name: string
  /** The ids of all repositories that something is kept of, sorted. */
  repositories(): Promise<readonly string[]>
  repository(id: string): RepositoryStore
  /** A faster hash than the portable one, where there is one. */
  readonly createHash?: CreateHash
}

/** One repository in a store. Paths, commits, refs and blob names were checked by the caller to be safe. */
export interface RepositoryStore {
  /** The commit that a branch or tag was when last asked. */
  readRef(revision: string): Promise<string | undefined>
  writeRef(revision: string, commit: string): Promise<void>
  /** What the repository had at this commit, if that was written. */
  readListing(commit: string): Promise<readonly ListedFile[] | undefined>
  writeListing(commit: string, files: readonly ListedFile[]): Promise<void>
  /** Commits of which some file is kept, sorted. */
  commits(): Promise<readonly string[]>
  /** What is kept of a commit, sorted by path; empty if nothing is. A path whose blob is gone is not. */
  files(commit: string): Promise<readonly StoredFile[]>
  /** @throws ModelFilesError if the file is not kept. */
  open(commit: string, path: string): Promise<RandomAccessFile>
  /** The size of a blob in bytes, if it is kept. */
  blobSize(blob: string): Promise<number | undefined>
  /** Makes `path` of the snapshot stand for a blob, whatever it stood for before. */
  link(commit: string, path: string, blob: string): Promise<void>
  /** Opens the part that becomes a blob, as it was left. Only under its lock. */
  openPart(key: string): Promise<PartFile>
  /**
   * Waits until nobody else, in this process or another one, holds `key`.
   * @returns A function that lets go. The lock of a process that died is taken over.
   */
  lock(key: string, signal?: AbortSignal): Promise<() => Promise<void>>
  /** Removes a file from a snapshot, and its blob, which other paths may have stood for, too. */
  removeFile(commit: string, path: string): Promise<void>
  /** Removes the repository with everything in it. @returns The bytes set free. */
  remove(): Promise<number>
  /** Bytes that can still be written, where the store knows. */
  freeBytes?(): Promise<number | undefined>
}

/** A file of a snapshot. */
export interface StoredFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** The name of its blob, where the store knows: 64 digits are a SHA-256, 40 git's SHA-1. */
  readonly blob?: string
}

/** A file on its way, which outlives the process. */
export interface PartFile {
  /** What `saveJournal` was given last. */
  readonly journal: string | undefined
  saveJournal(text: string): Promise<void>
  /** Writes anywhere; what lies between is undefined until written. */
  write(offset: number, bytes: Uint8Array): Promise<void>
  /** Exactly `length` bytes that were written before. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** The first `size` bytes become the blob, at once; the part and its journal are gone. */
  commit(blob: string, size: number): Promise<void>
  /** Removes the part and its journal. */
  discard(): Promise<void>
  /** Lets go of the part and leaves it for the next time. Does nothing after `commit` or `discard`. */
  close(): Promise<void>
}
