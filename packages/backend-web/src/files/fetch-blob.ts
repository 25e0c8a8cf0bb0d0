import { ModelFilesError } from '@latentkit/core'
import type { ProgressMeter } from '@latentkit/hub'

/** How files are fetched by address. */
export interface FetchOptions {
  /** How to fetch. Default: the browser's `fetch`. */
  readonly fetch?: typeof fetch | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Fetches a whole file. The browser keeps large blobs on disk where it can.
 * @param meter Hears of every piece that arrives, if there is one.
 * @throws ModelFilesError, in words, if there is no connection, no such file, or another file than was asked for; the signal's
 *   reason if aborted.
 */
export async function fetchBlob(
  url: URL,
  path: string,
  { fetch: request = fetch, signal }: FetchOptions,
  meter: ProgressMeter | undefined,
): Promise<Blob> {
  const fail = (problem: string, hint?: string, cause?: unknown): never => {
    throw new ModelFilesError({ path, problem, ...(hint ? { hint } : {}), cause })
  }
  const cut = (cause: unknown): never => {
    if (signal?.aborted) throw signal.reason
    const hint =
      'Is there a network connection, and do the server (CORS) and the page’s Content-Security-Policy (connect-src) allow it?'
    return fail(`could not be fetched from ${url.protocol === 'data:' ? 'a data address' : url.href}`, hint, cause)
  }
  const response = await request(url, signal ? { signal } : {}).catch(cut)
  if (!response.ok) fail(`the server answered ${response.status} for ${url.href}`)
  // Servers of single-page applications answer with the page itself where there is no file.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    fail(`the server gave a web page instead of the file for ${url.href}`, 'Is the file on the server?')
  }
  if (!meter || !response.body) return response.blob().catch(cut)

  const length = response.headers.get('content-length')
  // Of a compressed answer the length is that of the compressed bytes.
  const expected = length && !response.headers.get('content-encoding') ? Number(length) : 0
  meter.expect(expected)
  let received = 0
  meter.report(path, received)
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        received += piece.byteLength
        meter.report(path, received)
        controller.enqueue(piece)
      },
    }),
  )
  const blob = await new Response(counted).blob().catch((cause) => {
    meter.expect(-expected)
    return cut(cause)
  })
  meter.flush()
  return blob
}
