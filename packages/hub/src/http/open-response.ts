import { LatentkitError } from '@latentkit/core'
import { NetworkError } from '../errors/index.ts'
import type { Client, Subject } from './client.ts'
import { TransientFailure } from './retry.ts'
import { statusError } from './status-error.ts'

/** The most milliseconds that a timer takes; one for longer ends at once. */
const longestTimer = 2 ** 31 - 1

export interface RequestOptions {
  readonly method?: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  readonly subject?: Subject
  /** Ends this request alone. */
  readonly signal?: AbortSignal
}

/** An answer whose body comes piece by piece. */
export interface OpenResponse {
  readonly status: number
  readonly headers: Headers
  /** The body; throws `TransientFailure` if the connection breaks or falls silent. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** Ends the connection; to be called when the body is not read to its end. */
  close(): void
}

/**
 * Asks once. Redirects are followed; the token goes to the client's own origin only.
 * @throws TransientFailure for what may pass; AccessError, NotFoundError, NetworkError; the signal's reason.
 */
export async function openResponse(client: Client, url: string, options: RequestOptions = {}): Promise<OpenResponse> {
  if (!URL.canParse(url)) throw unfetchable(url, 'it is no address')
  const { protocol } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') throw unfetchable(url, `its scheme is ${protocol}`)
  const connection = watch(client, options.signal)
  const explain = (error: unknown) => connection.explain(url, error)
  // Sizes and ranges are those of the file, not of its compressed form.
  const headers: Record<string, string> = { 'accept-encoding': 'identity', ...options.headers }
  if (client.token !== undefined && new URL(url).origin === client.origin) {
    headers.authorization = `Bearer ${client.token}`
  }
  let response: Response
  try {
    const init = { method: options.method ?? 'GET', headers, signal: connection.signal }
    response = await client.fetch(url, init)
  } catch (error) {
    connection.end()
    throw explain(error)
  }
  if (!response.ok) {
    connection.abort()
    throw statusError(client, response, url, options.subject ?? {})
  }
  return {
    status: response.status,
    headers: response.headers,
    chunks: readChunks(response, connection, explain),
    close: connection.abort,
  }
}

async function* readChunks(
  response: Response,
  connection: Connection,
  explain: (error: unknown) => Error,
): AsyncIterable<Uint8Array> {
  const reader = response.body?.getReader()
  try {
    for (;;) {
      const next = await reader?.read().catch((error) => {
        throw explain(error)
      })
      if (!next || next.done) return
      connection.alive()
      yield next.value
      connection.alive()
    }
  } finally {
    connection.end()
    reader?.cancel().catch(() => undefined)
  }
}

interface Connection {
  readonly signal: AbortSignal
  /** Something came: the clock starts anew. */
  alive(): void
  end(): void
  abort(): void
  explain(url: string, error: unknown): Error
}

/** Ends a request that is silent for too long, or that the caller aborts. */
function watch(client: Client, own: AbortSignal | undefined): Connection {
  const controller = new AbortController()
  const outer = [client.signal, own].filter((signal) => signal !== undefined)
  const stop = () => controller.abort(outer.find((signal) => signal.aborted)?.reason)
  for (const signal of outer) signal.addEventListener('abort', stop, { once: true })
  if (outer.some((signal) => signal.aborted)) stop()

  let silent = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = Math.min(client.idleTimeout, longestTimer)
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      silent = true
      controller.abort()
    }, patience)
  }
  const end = () => {
    clearTimeout(timer)
    for (const signal of outer) signal.removeEventListener('abort', stop)
  }
  alive()
  return {
    signal: controller.signal,
    alive,
    end,
    abort() {
      end()
      controller.abort()
    },
    explain(url, error) {
      const aborted = outer.find((signal) => signal.aborted)
      if (aborted) return aborted.reason
      // A fetch of the caller's own may refuse for a reason that no retry mends.
      if (LatentkitError.isInstance(error)) return error
      const hopeless = hopelessError(url, error)
      if (hopeless) return hopeless
      const problem = silent
        ? `nothing came for ${client.idleTimeout / 1000} s`
        : `the connection failed: ${causeOf(error)}`
      const hint = 'Is there a connection to the network?'
      return new TransientFailure(new NetworkError({ url, problem, hint, cause: error }))
    },
  }
}

/** `fetch` hides what happened in the error's cause, or in the cause of that. */
function causeOf(error: unknown): string {
  const { message, code, cause } = error as { message?: string; code?: string; cause?: unknown }
  if (typeof cause === 'object' && cause !== null) return causeOf(cause)
  return (message || code || String(error)).replace(/\.$/, '')
}

const redirectHint = 'Does the network ask for a login? Else do not trust this server.'

/** What will be the same at every try; undefined for what may pass. Browsers do not tell one from the other. */
function hopelessError(url: string, error: unknown): NetworkError | undefined {
  const cause = causeOf(error)
  if (/redirect count exceeded|too many redirects/i.test(cause)) {
    const problem = 'the server redirects without end'
    return new NetworkError({ url, problem, hint: redirectHint, cause: error })
  }
  return /scheme must be|invalid url|bad port/i.test(cause) ? unfetchable(url, cause, error) : undefined
}

function unfetchable(url: string, reason: string, cause?: unknown): NetworkError {
  const problem = `the address, or one that the server redirects to, cannot be fetched: ${reason}`
  return new NetworkError({ url, problem, hint: redirectHint, cause })
}
