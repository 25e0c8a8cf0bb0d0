import type { IncomingMessage, ServerResponse } from 'node:http'

/** What can go wrong with an answer. */
export type Fault =
  | { readonly type: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The connection is closed without an answer. */
  | { readonly type: 'refuse' }
  | { readonly type: 'redirect-loop' }
  | { readonly type: 'redirect'; readonly location: string }
  /** Something else is sent, with status 200. */
  | { readonly type: 'answer'; readonly body: string | Uint8Array }
  /** The connection breaks after so many bytes of the body. */
  | { readonly type: 'cut'; readonly after: number }
  /** The same, but the headers promise no more than what comes. */
  | { readonly type: 'short'; readonly bytes: number }
  /** No more than so many bytes of what was asked for, ended in good order, as some proxies do. */
  | { readonly type: 'truncate'; readonly bytes: number }
  /** More bytes than the file has. */
  | { readonly type: 'long'; readonly bytes: number }
  /** One byte in the middle is another. */
  | { readonly type: 'wrong-byte' }
  /** Ranges are not known; with `after` the connection breaks, too. */
  | { readonly type: 'no-ranges'; readonly after?: number }
  /** The bytes come in small pieces with a pause after each. */
  | { readonly type: 'drip'; readonly bytes: number; readonly pause: number }
  /** So many bytes, then nothing, and the connection stays. */
  | { readonly type: 'stall'; readonly after: number }

/** Sends a file or the range asked for, with a fault if there is one. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: Uint8Array,
  fault: Fault | undefined,
  onSent: (bytes: number) => void,
): Promise<void> {
  const asked = fault?.type === 'no-ranges' ? undefined : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = asked ? Number(asked[1]) : 0
  const end = asked?.[2] ? Math.min(Number(asked[2]) + 1, file.length) : file.length
  if (asked && start >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end()
    return
  }
  const bytes = spoil(file.subarray(start, end), fault)
  if (fault?.type !== 'no-ranges') response.setHeader('accept-ranges', 'bytes')
  if (asked)
    response.setHeader('content-range', `bytes ${start}-${end - 1}/${start + bytes.length + file.length - end}`)
  const body = fault?.type === 'truncate' ? bytes.subarray(0, fault.bytes) : bytes
  response.writeHead(asked ? 206 : 200, { 'content-length': body.length })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const piece = fault?.type === 'drip' ? fault.bytes : 65_536
  const after = fault && 'after' in fault ? (fault.after ?? body.length) : body.length
  const last = Math.min(after, body.length)
  for (let offset = 0; offset < last && !response.destroyed; offset += piece) {
    const part = body.subarray(offset, Math.min(offset + piece, last))
    await new Promise((resolve) => response.write(part, resolve))
    onSent(part.length)
    if (fault?.type === 'drip') await new Promise((resolve) => setTimeout(resolve, fault.pause))
  }
  if (fault?.type === 'stall' && last < body.length) return
  if (last < body.length) response.destroy()
  else response.end()
}

function spoil(bytes: Uint8Array, fault: Fault | undefined): Uint8Array {
  if (fault?.type === 'short') return bytes.subarray(0, Math.max(0, bytes.length - fault.bytes))
  if (fault?.type === 'long') return Buffer.concat([bytes, new Uint8Array(fault.bytes)])
  if (fault?.type !== 'wrong-byte') return bytes
  const copy = bytes.slice()
  const middle = copy.length >> 1
  copy[middle] = copy[middle]! ^ 1
  return copy
}
