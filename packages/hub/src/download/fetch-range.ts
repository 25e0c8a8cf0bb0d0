import { IntegrityError, NetworkError } from '../errors/index.ts'
import type { Client } from '../http/client.ts'
import { type OpenResponse, openResponse } from '../http/open-response.ts'
import { TransientFailure, withRetries } from '../http/retry.ts'
import type { ByteRange } from './byte-ranges.ts'
import type { DownloadTask } from './download-task.ts'

/** Where the bytes go. */
export interface RangeTarget {
  /** Grows with what is new. */
  progress(): number
  /** Writes bytes of the file. */
  write(offset: number, bytes: Uint8Array): Promise<void>
  /** Writes what may be of another file, where nothing is yet, and without counting it. */
  tryOut(offset: number, bytes: Uint8Array): Promise<void>
  /** All that was tried out was the file. */
  keepAll(): Promise<void>
  /** The server gives ranges. */
  onRanged(): void
  /** The server sends the whole file instead. */
  onWhole(): void
}

/**
 * Fetches one range, going on where a broken connection stopped. From a server without ranges the whole file is taken. An
 * answer without range and length may be a page of the network in between: it counts only if it ends where the file does.
 * @throws IntegrityError if the server has another file; NetworkError and others as `openResponse`; the signal's reason.
 */
export async function fetchRange(
  client: Client,
  task: DownloadTask & { readonly size: number },
  range: ByteRange,
  target: RangeTarget,
  signal: AbortSignal,
): Promise<void> {
  let { start } = range
  const attempt = async () => {
    if (start >= range.end) return
    const headers = { range: `bytes=${start}-${range.end - 1}` }
    const response = await openResponse(client, task.url, { headers, signal, subject: { file: task.name } })
    const ranged = response.status === 206
    try {
      checkHeaders(response, task, start)
    } catch (error) {
      response.close()
      throw error
    }
    if (ranged) target.onRanged()
    else target.onWhole()

    const isSure = ranged || lengthOf(response) !== undefined
    let offset = ranged ? start : 0
    const end = ranged ? range.end : task.size
    for await (const chunk of response.chunks) {
      const wanted = chunk.subarray(0, end - offset)
      await (isSure ? target.write(offset, wanted) : target.tryOut(offset, wanted))
      offset += wanted.length
      if (ranged) start = offset
      if (wanted.length < chunk.length) throw wrongLength(task, `more than ${end}`)
    }
    if (offset < end) {
      const problem = `the connection ended ${end - offset} bytes early`
      throw new TransientFailure(new NetworkError({ url: task.url, problem }))
    }
    if (!isSure) await target.keepAll()
  }
  await withRetries(client.retry, AbortSignal.any([signal, ...(client.signal ? [client.signal] : [])]), attempt, () =>
    target.progress(),
  )
}

/** The answer must be of the file that was listed. */
function checkHeaders(response: OpenResponse, task: DownloadTask & { readonly size: number }, start: number) {
  const { status, headers } = response
  const etag = headers.get('etag')
  if (task.etag !== undefined && etag !== null && etag !== task.etag) {
    throw new IntegrityError({ file: task.name, what: 'the ETag', expected: task.etag, received: etag, hint })
  }
  if (status === 206) {
    const contentRange = headers.get('content-range')
    // A browser may hide the header from another origin's answer; the hash tells in the end.
    if (contentRange === null) return
    const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(contentRange) ?? []
    if (total !== undefined && total !== '*' && Number(total) !== task.size) throw wrongLength(task, total)
    if (Number(first) !== start) {
      const problem = `the server answered with "${contentRange}" when asked from byte ${start}`
      throw new TransientFailure(new NetworkError({ url: task.url, problem }))
    }
  } else {
    const length = lengthOf(response)
    if (length !== undefined && length !== task.size) throw wrongLength(task, String(length))
  }
}

/** Bytes of the file in an answer; undefined if it does not say. */
function lengthOf({ headers }: OpenResponse): number | undefined {
  const length = headers.get('content-length')
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity'
  return length === null || encoded ? undefined : Number(length)
}

/** Of an answer whose headers are wrong nothing is taken. */
const hint = 'What was fetched before stays. Does the network ask for a login? Else try again, or another endpoint.'

/** Servers and proxies do this while they are updated, so it is tried again. */
function wrongLength(task: DownloadTask & { readonly size: number }, received: string): TransientFailure {
  return new TransientFailure(
    new IntegrityError({
      file: task.name,
      what: 'its length',
      expected: `${task.size} bytes`,
      received: `${received} bytes`,
      hint,
    }),
  )
}
