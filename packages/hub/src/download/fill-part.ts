import type { Client } from '../http/client.ts'
import type { PartFile } from '../store/file-store.ts'
import { type ByteRange, missingRanges, missingWithin } from './byte-ranges.ts'
import type { DownloadSettings, DownloadTask } from './download-task.ts'
import { fetchRange } from './fetch-range.ts'
import type { PartJournal } from './part-journal.ts'

/** A part on its way to a file of a known size. */
export interface Filling {
  readonly client: Client
  readonly part: PartFile
  readonly journal: PartJournal
  readonly task: DownloadTask & { readonly size: number }
  readonly settings: DownloadSettings
  readonly onBytes: () => void
}

/**
 * Fetches what a part still lacks, several ranges at once where the server gives ranges.
 * @throws What `fetchRange` throws; the other connections are ended then.
 */
export async function fillPart(filling: Filling): Promise<void> {
  const { journal, task, settings } = filling
  const missing = () => missingRanges(journal.ranges, task.size, settings.rangeSize)
  // A server that sends the whole file may break off and then give ranges after all: what others would have fetched is left.
  for (let pending = missing(); pending.length > 0; pending = missing()) await fetchRanges(filling, pending)
}

async function fetchRanges(filling: Filling, pending: ByteRange[]): Promise<void> {
  const { client, part, journal, task, settings, onBytes } = filling
  const stop = new AbortController()
  const workers: Promise<void>[] = []
  let failure: { readonly error: unknown } | undefined

  const target = {
    progress: () => journal.bytes,
    async write(offset: number, bytes: Uint8Array) {
      await part.write(offset, bytes)
      await journal.add({ start: offset, end: offset + bytes.length })
      onBytes()
    },
    async tryOut(offset: number, bytes: Uint8Array) {
      for (const { start, end } of missingWithin(journal.ranges, { start: offset, end: offset + bytes.length }))
        await part.write(start, bytes.subarray(start - offset, end - offset))
    },
    async keepAll() {
      await journal.add({ start: 0, end: task.size })
      onBytes()
    },
    // Only a first answer tells whether the server gives ranges: no second connection before.
    onRanged() {
      while (workers.length < settings.connections && pending.length > 0) start()
    },
    onWhole() {
      pending.length = 0
    },
  }
  const start = () => {
    workers.push(
      work().catch((error) => {
        failure ??= { error }
        stop.abort(error)
      }),
    )
  }
  const work = async () => {
    for (let range = pending.shift(); range && !stop.signal.aborted; range = pending.shift()) {
      await fetchRange(client, task, range, target, stop.signal)
    }
  }

  start()
  // Workers may start others, so the list grows while it is waited for.
  for (let i = 0; i < workers.length; i++) await workers[i]
  if (failure) throw failure.error
}
