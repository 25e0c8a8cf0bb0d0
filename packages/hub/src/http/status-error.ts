import type { LatentkitError } from '@latentkit/core'
import { AccessError, NetworkError, NotFoundError } from '../errors/index.ts'
import type { Client, Subject } from './client.ts'
import { TransientFailure } from './retry.ts'

/** Statuses that may pass. */
const transient = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529])

/** The error that an answer other than 2xx stands for. */
export function statusError(client: Client, response: Response, url: string, subject: Subject): Error {
  const { status } = response
  if (transient.has(status)) {
    const hint =
      status === 429 ? 'Too many requests: wait a while, or log in.' : 'The server has trouble; try again later.'
    return new TransientFailure(
      new NetworkError({ url, problem: `the server keeps answering ${status}`, status, hint }),
      retryAfter(response),
    )
  }
  if (status === 401 || status === 403) return elsewhereError(client, response, url) ?? accessError(client, response)
  if (status === 404 || status === 410) return notFound(client, response, subject)
  return new NetworkError({ url, problem: `the server answered ${status}`, status })
}

/** Large files lie on a second host, whose refusal says nothing about the repository or the token. */
function elsewhereError(client: Client, response: Response, url: string): NetworkError | undefined {
  const end = URL.canParse(response.url) ? new URL(response.url) : undefined
  if (!end || end.origin === client.origin) return undefined
  const { status } = response
  // Not its whole address, which holds a key.
  const problem = `${end.host}, which the server sends us to, answered ${status}`
  const hint = 'Its link may have expired, or the network blocks that host: try again later, or from another network.'
  return new NetworkError({ url, problem, status, hint })
}

function accessError(client: Client, response: Response): LatentkitError {
  const { repository, token, origin } = client
  const gated = response.headers.get('x-error-code') === 'GatedRepo'
  const logIn =
    'Make a token at https://huggingface.co/settings/tokens and give it as the option token; in Node HF_TOKEN or "hf auth login" will do.'
  const agree = `Accept its conditions at ${origin}/${repository} while logged in.`
  const options = { repository, status: response.status }
  if (gated) {
    const hint = token === undefined ? `${agree} ${logIn}` : agree
    return new AccessError({ ...options, problem: 'the repository is gated', hint })
  }
  return token === undefined
    ? new AccessError({ ...options, problem: 'no such repository, or a private one', hint: `Check the name. ${logIn}` })
    : new AccessError({ ...options, problem: 'the token gives no access', hint: `Is it still valid? ${logIn}` })
}

function notFound(client: Client, response: Response, subject: Subject): LatentkitError {
  const { repository, origin } = client
  const code = response.headers.get('x-error-code')
  if (code === 'RepoNotFound' || (subject.revision === undefined && subject.file === undefined)) {
    return new NotFoundError({ what: 'repository', wanted: repository, where: origin, hint: 'Check the name.' })
  }
  if (code !== 'RevisionNotFound' && subject.file !== undefined) {
    return new NotFoundError({ what: 'file', wanted: subject.file, where: repository })
  }
  if (code !== 'RevisionNotFound') {
    return new NotFoundError({ what: 'repository', wanted: repository, where: origin, hint: 'Check the name.' })
  }
  const hint = 'Give a branch, a tag or a commit.'
  return new NotFoundError({ what: 'revision', wanted: subject.revision ?? 'main', where: repository, hint })
}

/** Seconds or a date; in milliseconds from now. */
function retryAfter(response: Response): number | undefined {
  const text = response.headers.get('retry-after')
  if (text === null) return undefined
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return milliseconds > 0 ? milliseconds : undefined
}
