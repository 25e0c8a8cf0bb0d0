import type { ExpectedHash } from '../repository/listing.ts'
import type { CreateHash } from '../store/streaming-hash.ts'

/** One file to fetch. */
export interface DownloadTask {
  /** For messages: repository and path. */
  readonly name: string
  readonly url: string
  readonly size: number | undefined
  readonly hash: ExpectedHash | undefined
  /** What its part and lock are called: the hash where there is one. */
  readonly key: string
  /** The server's ETag when it was listed; answers with another one are of another file. */
  readonly etag: string | undefined
  /** Bytes of the files that are to be fetched after this one: a store without room for them all is told before the first. */
  readonly bytesAfter?: number
}

/** How to fetch. */
export interface DownloadSettings {
  /** Connections to one server at once. */
  readonly connections: number
  /** Bytes that one request asks for at most. */
  readonly rangeSize: number
  readonly createHash: CreateHash
  /** For messages. */
  readonly storeName: string
}
