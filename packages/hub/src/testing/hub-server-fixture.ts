import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Fault, sendFile } from './send-file-fixture.ts'

export type { Fault } from './send-file-fixture.ts'

/** A repository that the test hub has. */
export interface TestRepository {
  readonly files: Readonly<Record<string, Uint8Array | string>>
  /** Default `main`. */
  readonly revision?: string
  /** Without this token the hub answers 401, or 403 where `gated`. */
  readonly token?: string
  readonly gated?: boolean
}

/** One request, as the server saw it. */
export interface SeenRequest {
  readonly host: 'hub' | 'cdn' | 'paddle'
  readonly method: string
  /** Path of the URL, decoded. */
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
}

/** A hub on this machine, for tests. */
export interface TestHub {
  readonly endpoint: string
  readonly paddleEndpoint: string
  readonly requests: SeenRequest[]
  /** Bytes of file content sent so far. */
  sentBytes(): number
  /** Decides what goes wrong with a request; replace it at will. */
  fault: (request: SeenRequest) => Fault | undefined
  /** Files at or above this size lie in LFS, on the second host. */
  readonly lfsSize: number
  /** Changes what a repository has; its commit changes with it. */
  put(name: string, repository: TestRepository): void
  commitOf(name: string): string
  close(): Promise<void>
}

/** A file's hash as the hub lists it. */
export function listedHash(bytes: Uint8Array, isLfs: boolean): string {
  const hash = createHash(isLfs ? 'sha256' : 'sha1')
  if (!isLfs) hash.update(`blob ${bytes.length}\0`)
  return hash.update(bytes).digest('hex')
}

/**
 * Starts a server with the URLs and headers of the Hugging Face hub (API and `resolve` on one host, large files by redirect
 * on a second host name) and of PaddleNLP's mirror, which misbehaves as `fault` says.
 */
export async function startHubServer(repositories: Readonly<Record<string, TestRepository>>): Promise<TestHub> {
  const content = new Map(Object.entries(repositories))
  const requests: SeenRequest[] = []
  const lfsSize = 1000
  let sent = 0

  const serve = (host: 'hub' | 'cdn') =>
    createServer((request, response) => {
      const url = new URL(request.url!, 'http://hub')
      const path = decodeURIComponent(url.pathname)
      const { range, authorization } = request.headers
      const isPaddle = path.startsWith('/paddle/')
      const seen = { host: isPaddle ? 'paddle' : host, method: request.method!, path, range, authorization } as const
      requests.push(seen)
      allowBrowsers(response)
      // The hub answers a browser that asks first; its CDN does not (huggingface/datasets#7931), so nobody may need to ask.
      if (request.method === 'OPTIONS') return void response.writeHead(host === 'hub' ? 204 : 403).end()
      const fault = hub.fault(seen)
      if (answerFault(fault, request, response)) return
      if (isPaddle) sendPaddle(request, response, path.slice('/paddle/'.length), fault)
      else if (host === 'cdn') sendBlob(request, response, path, fault)
      else sendHub(request, response, url, path, fault)
    })

  const sendHub = (
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    path: string,
    fault: Fault | undefined,
  ) => {
    const [, api, name = '', kind, revision = '', file = ''] =
      /^\/(api\/models\/)?([^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)\/?(.*)$/.exec(url.pathname) ?? []
    const repository = content.get(decodeURIComponent(name))
    if (!repository) return sendError(response, request.headers.authorization ? 404 : 401, 'RepoNotFound')
    if (repository.token !== undefined && request.headers.authorization !== `Bearer ${repository.token}`) {
      if (repository.gated) return sendError(response, 403, 'GatedRepo')
      return sendError(response, 401, 'RepoNotFound')
    }
    const commit = commitOf(repository)
    const wanted = decodeURIComponent(revision)
    if (wanted !== commit && wanted !== (repository.revision ?? 'main')) {
      return sendError(response, 404, 'RevisionNotFound')
    }
    if (api && kind === 'revision') return sendJson(response, { id: name, sha: commit, gated: false })
    if (api) return sendTree(response, url, repository, hub)
    const bytes = bytesOf(repository, decodeURIComponent(file))
    if (!bytes) return sendError(response, 404, 'EntryNotFound')
    const isLfs = bytes.length >= lfsSize
    const etag = listedHash(bytes, isLfs)
    response.setHeader('x-repo-commit', commit)
    if (!isLfs) {
      response.setHeader('etag', `"${etag}"`)
      return send(request, response, bytes, fault)
    }
    response.setHeader('x-linked-etag', `"${etag}"`)
    response.setHeader('x-linked-size', bytes.length)
    const target = `http://localhost:${portOf(cdn)}/${name}/${encodeURIComponent(path.split('/resolve/')[1]!.slice(41))}`
    response.writeHead(302, { location: target, 'content-length': 0 }).end()
  }

  const sendBlob = (request: IncomingMessage, response: ServerResponse, path: string, fault: Fault | undefined) => {
    const [, name = '', file = ''] = /^\/([^/]+\/[^/]+)\/(.*)$/.exec(path) ?? []
    const bytes = bytesOf(content.get(name)!, file)
    if (!bytes) return sendError(response, 404)
    response.setHeader('etag', `"${createHash('md5').update(bytes).digest('hex')}"`)
    send(request, response, bytes, fault)
  }

  const sendPaddle = (request: IncomingMessage, response: ServerResponse, path: string, fault: Fault | undefined) => {
    const [, name = '', file = ''] = /^([^/]+\/[^/]+)\/(.*)$/.exec(path) ?? []
    const bytes = bytesOf(content.get(name), file)
    if (!bytes) return sendError(response, 404)
    response.setHeader('etag', `"${createHash('md5').update(bytes).digest('hex')}"`)
    send(request, response, bytes, fault)
  }

  const send = (request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, fault: Fault | undefined) =>
    sendFile(request, response, bytes, fault, (count) => {
      sent += count
    })

  const servers = [serve('hub'), serve('cdn')] as const
  const [main, cdn] = servers
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, resolve))))
  const endpoint = `http://127.0.0.1:${portOf(main)}`
  const hub: TestHub = {
    endpoint,
    paddleEndpoint: `${endpoint}/paddle`,
    requests,
    sentBytes: () => sent,
    fault: () => undefined,
    lfsSize,
    put: (name, repository) => content.set(name, repository),
    commitOf: (name) => commitOf(content.get(name)!),
    async close() {
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
  return hub
}

function portOf(server: ReturnType<typeof createServer>): number {
  return (server.address() as AddressInfo).port
}

function bytesOf(repository: TestRepository | undefined, path: string): Uint8Array | undefined {
  if (!repository || !Object.hasOwn(repository.files, path)) return undefined
  const content = repository.files[path]!
  return typeof content === 'string' ? new TextEncoder().encode(content) : content
}

/** A commit that changes with the content. */
function commitOf(repository: TestRepository): string {
  const hash = createHash('sha1')
  for (const path of Object.keys(repository.files).sort()) hash.update(path).update(bytesOf(repository, path)!)
  return hash.digest('hex')
}

/** Two files a page, so that every test reads several pages. */
function sendTree(response: ServerResponse, url: URL, repository: TestRepository, hub: TestHub): void {
  const entries = Object.keys(repository.files).map((path) => {
    const bytes = bytesOf(repository, path)!
    const isLfs = bytes.length >= hub.lfsSize
    const lfs = { oid: listedHash(bytes, true), size: bytes.length, pointerSize: 134 }
    return { type: 'file', path, size: bytes.length, oid: listedHash(bytes, false), ...(isLfs && { lfs }) }
  })
  const from = Number(url.searchParams.get('cursor') ?? 0)
  if (from + 2 < entries.length) {
    response.setHeader('link', `<${hub.endpoint}${url.pathname}?recursive=true&cursor=${from + 2}>; rel="next"`)
  }
  const folders = from === 0 ? [{ type: 'directory', path: 'unet', size: 0, oid: 'a'.repeat(40) }] : []
  sendJson(response, [...folders, ...entries.slice(from, from + 2)])
}

/** Pages of other sites may read answers, with the headers that the real hub names. */
function allowBrowsers(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-allow-headers', 'authorization')
  response.setHeader(
    'access-control-expose-headers',
    'X-Repo-Commit, X-Error-Code, X-Linked-Size, X-Linked-ETag, ETag, Link, Accept-Ranges, Content-Range',
  )
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function sendError(response: ServerResponse, status: number, code?: string): void {
  response.writeHead(status, code === undefined ? {} : { 'x-error-code': code }).end('{"error":"…"}')
}

/** The faults that need no file. True if the request has been answered. */
function answerFault(fault: Fault | undefined, request: IncomingMessage, response: ServerResponse): boolean {
  if (fault?.type === 'status') {
    response.writeHead(fault.status, fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }).end()
  } else if (fault?.type === 'refuse') request.socket.destroy()
  else if (fault?.type === 'redirect-loop') response.writeHead(302, { location: request.url! }).end()
  else if (fault?.type === 'redirect') response.writeHead(302, { location: fault.location }).end()
  else if (fault?.type === 'answer') response.writeHead(200).end(fault.body)
  else return false
  return true
}
