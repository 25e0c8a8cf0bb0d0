import { NetworkError } from '../errors/index.ts'
import type { Client } from './client.ts'
import { openResponse, type RequestOptions } from './open-response.ts'
import { withRetries } from './retry.ts'

/** Bytes beyond which an answer is no listing, and a file no configuration. */
export const largestAnswer: number = 64 * 2 ** 20

/**
 * Asks for JSON until it comes.
 * @throws NetworkError for an answer that is none, such as a page of the network in between; what `openResponse` throws.
 */
export async function readJsonAnswer(
  client: Client,
  url: string,
  options: RequestOptions = {},
): Promise<{ readonly value: unknown; readonly headers: Headers }> {
  return withRetries(client.retry, client.signal, async () => {
    const response = await openResponse(client, url, options)
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of response.chunks) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length > largestAnswer) throw broken(url, 'is too long')
    }
    try {
      return { value: JSON.parse(text), headers: response.headers }
    } catch (cause) {
      throw broken(url, 'is not JSON', cause)
    }
  })
}

/** Asks for the headers only. */
export async function readHeaders(client: Client, url: string, options: RequestOptions = {}): Promise<Headers> {
  return withRetries(client.retry, client.signal, async () => {
    const response = await openResponse(client, url, { ...options, method: 'HEAD' })
    response.close()
    return response.headers
  })
}

function broken(url: string, problem: string, cause?: unknown): NetworkError {
  const hint = 'Does the network ask for a login? Is the endpoint a Hugging Face hub?'
  return new NetworkError({ url, problem: `the answer ${problem}`, hint, cause })
}
