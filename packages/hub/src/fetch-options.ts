import type { OnProgress } from '@latentkit/core'
import type { RetryPolicy } from './http/retry.ts'
import type { FileStore } from './store/file-store.ts'

/** How a model is fetched. */
export interface FetchModelOptions {
  /** Where models are kept. */
  readonly store: FileStore
  /** Branch, tag or commit. Default `main`. */
  readonly revision?: string | undefined
  /** Weights to take, such as `fp16`. Default: those without a variant. */
  readonly variant?: string | undefined
  /** Parts of the model to take, such as `['unet', 'vqvae', 'scheduler']`. Default: all that `model_index.json` names. */
  readonly components?: readonly string[] | undefined
  /** Access token for private and gated repositories; sent to the endpoint only. */
  readonly token?: string | undefined
  /** The hub or a mirror of it. Default `https://huggingface.co`; for `paddle:` names PaddleNLP's own; an address has none. */
  readonly endpoint?: string | undefined
  /** Uses only what the store has. Default false. */
  readonly offline?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Receives `download` events, at most ten a second, and warnings. */
  readonly onProgress?: OnProgress | undefined
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** Connections to the server at once. Default 4. */
  readonly connections?: number | undefined
  /** Bytes that one request asks for at most. Default 32 MiB. */
  readonly rangeSize?: number | undefined
  /** Milliseconds without a byte after which a connection is given up and made anew. Default 30 000. */
  readonly idleTimeout?: number | undefined
  readonly retry?: Partial<RetryPolicy> | undefined
}

/** What the options are called. */
export const fetchOptionNames: Readonly<Record<keyof FetchModelOptions, true>> = {
  store: true,
  revision: true,
  variant: true,
  components: true,
  token: true,
  endpoint: true,
  offline: true,
  signal: true,
  onProgress: true,
  fetch: true,
  connections: true,
  rangeSize: true,
  idleTimeout: true,
  retry: true,
}
