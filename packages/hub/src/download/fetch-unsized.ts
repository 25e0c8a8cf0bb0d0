import { isWeightFile } from '../choose/weight-sets.ts'
import { IntegrityError, StorageFullError } from '../errors/index.ts'
import type { Client } from '../http/client.ts'
import { openResponse } from '../http/open-response.ts'
import { largestAnswer } from '../http/read-answer.ts'
import { withRetries } from '../http/retry.ts'
import type { PartFile, RepositoryStore } from '../store/file-store.ts'
import type { DownloadTask } from './download-task.ts'

/** Bytes of weights after which the store is asked again whether there is room for as many. */
const stride = 16 * 2 ** 20
/** Bytes that are left to others. */
const reserve = 256 * 2 ** 20

/**
 * Fetches a file whose size the server does not tell, from its beginning at each try. It may have no end: of weights as much
 * is taken as the store has room for, less a reserve; of anything else 64 MiB.
 * @param storeName For messages.
 * @returns The size.
 */
export async function fetchUnsized(
  client: Client,
  store: RepositoryStore,
  part: PartFile,
  task: DownloadTask,
  storeName: string,
  onBytes: (received: number) => void,
): Promise<number> {
  const isWeights = isWeightFile(task.name) && !task.name.endsWith('.json')
  return withRetries(client.retry, client.signal, async () => {
    const response = await openResponse(client, task.url, { subject: { file: task.name } })
    let size = 0
    let checkedAt = 0
    for await (const chunk of response.chunks) {
      if (!isWeights && size + chunk.length > largestAnswer) throw tooLarge(task)
      if (size - checkedAt >= stride) {
        await assertRoom(store, storeName)
        checkedAt = size
      }
      await part.write(size, chunk)
      size += chunk.length
      onBytes(size)
    }
    return size
  })
}

async function assertRoom(store: RepositoryStore, storeName: string): Promise<void> {
  const availableBytes = await store.freeBytes?.()
  const neededBytes = stride + reserve
  if (availableBytes === undefined || availableBytes >= neededBytes) return
  throw new StorageFullError({ store: storeName, neededBytes, availableBytes })
}

function tooLarge({ name }: DownloadTask): IntegrityError {
  const most = `${largestAnswer / 2 ** 20} MiB`
  return new IntegrityError({
    file: name,
    what: 'its size',
    expected: `at most ${most} for a file without weights`,
    received: `above ${most}`,
  })
}
