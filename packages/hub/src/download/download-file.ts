import { LatentkitError } from '@latentkit/core'
import { IntegrityError, StorageFullError } from '../errors/index.ts'
import type { Client } from '../http/client.ts'
import type { PartFile, RepositoryStore } from '../store/file-store.ts'
import { hashBytes } from '../store/hash-bytes.ts'
import type { DownloadSettings, DownloadTask } from './download-task.ts'
import { fetchUnsized } from './fetch-unsized.ts'
import { fillPart } from './fill-part.ts'
import { openJournal } from './part-journal.ts'

/**
 * Fetches one file into the store: goes on with a part that is there, checks size and hash of what was written, and only
 * then makes it a blob. Only under the lock of the task's key. When it fails, what was fetched stays as a part, except if
 * its hash is wrong or its size unknown.
 *
 * A file whose hash is wrong is fetched once more from nothing, since the part may have been spoilt by an earlier run.
 * @param onBytes Is told how many bytes of the file are there.
 * @returns The blob's name: the hash that was expected, or else the SHA-256 of what came.
 * @throws IntegrityError, StorageFullError, NetworkError, AccessError, NotFoundError; the signal's reason.
 */
export async function downloadFile(
  client: Client,
  store: RepositoryStore,
  task: DownloadTask,
  settings: DownloadSettings,
  onBytes: (received: number) => void = () => undefined,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const part = await store.openPart(task.key)
    try {
      const size = await fetchPart(client, store, part, task, settings, onBytes)
      const algorithm = task.hash?.algorithm ?? 'sha256'
      const hex = await hashBytes(settings.createHash, algorithm, part, size, client.signal).catch(ifReadable)
      const expected = task.hash?.hex ?? hex
      if (hex !== undefined && hex === expected) {
        await part.commit(hex, size)
        return hex
      }
      await part.discard()
      onBytes(0)
      if (attempt === 2) {
        const [wanted, received] = [expected ?? 'one', hex ?? 'not to be had, since a part of it is missing']
        throw new IntegrityError({ file: task.name, what: `its ${algorithm}`, expected: wanted, received })
      }
    } catch (error) {
      // A file of unknown size cannot be gone on with, and would only keep the store full.
      if (task.size === undefined) await part.discard()
      throw error
    } finally {
      await part.close()
    }
  }
}

/** After a power cut a part may be shorter than its journal says, and has no hash. */
function ifReadable(error: unknown): undefined {
  if (!LatentkitError.isInstance(error, 'model_files')) throw error
}

async function fetchPart(
  client: Client,
  store: RepositoryStore,
  part: PartFile,
  task: DownloadTask,
  settings: DownloadSettings,
  onBytes: (received: number) => void,
): Promise<number> {
  const { size } = task
  if (size === undefined) return fetchUnsized(client, store, part, task, settings.storeName, onBytes)
  const journal = openJournal(part, size)
  onBytes(journal.bytes)
  const availableBytes = await store.freeBytes?.()
  const neededBytes = size - journal.bytes + (task.bytesAfter ?? 0)
  if (availableBytes !== undefined && availableBytes < neededBytes) {
    throw new StorageFullError({ store: settings.storeName, neededBytes, availableBytes })
  }
  try {
    await fillPart({ client, part, journal, task: { ...task, size }, settings, onBytes: () => onBytes(journal.bytes) })
  } finally {
    // Also when it failed, so that the next run goes on here; a full disk may refuse this too.
    await journal.save().catch(() => undefined)
  }
  return size
}
