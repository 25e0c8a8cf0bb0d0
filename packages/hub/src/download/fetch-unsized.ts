import type { Client } from '../http/client.ts'
import { openResponse } from '../http/open-response.ts'
import { withRetries } from '../http/retry.ts'
import type { PartFile } from '../store/file-store.ts'
import type { DownloadTask } from './download-task.ts'

/**
 * Fetches a file whose size the server does not tell, from its beginning at each try.
 * @returns The size.
 */
export async function fetchUnsized(
  client: Client,
  part: PartFile,
  task: DownloadTask,
  onBytes: (received: number) => void,
): Promise<number> {
  return withRetries(client.retry, client.signal, async () => {
    const response = await openResponse(client, task.url, { subject: { file: task.name } })
    let size = 0
    for await (const chunk of response.chunks) {
      await part.write(size, chunk)
      size += chunk.length
      onBytes(size)
    }
    return size
  })
}
