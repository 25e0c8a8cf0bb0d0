import { type FetchedModel, type FetchModelOptions, fetchModel } from '@latentkit/hub'
import { assertBrowser } from '../assert-browser.ts'
import { createBrowserStore } from '../store/create-browser-store.ts'

/** How a model that is named by its repository is fetched. */
export interface FetchNamedModelOptions extends Omit<FetchModelOptions, 'store'> {
  /** Where models are kept. Default: `createBrowserStore()`. */
  readonly store?: FetchModelOptions['store'] | undefined
}

/**
 * Fetches a model by its repository's name, once, and opens it from the browser's storage. When bytes begin to come, the
 * browser is asked to keep them for good (`navigator.storage.persist`; some ask the user). Where the browser knows that there
 * is no network, what is kept is used without trying.
 * @throws What `fetchModel` of `@latentkit/hub` throws; ModelFilesError if the browser gives no storage;
 *   BackendError outside of a browser.
 */
export async function fetchNamedModel(name: string, options: FetchNamedModelOptions = {}): Promise<FetchedModel> {
  assertBrowser()
  const { store = createBrowserStore(), offline = !navigator.onLine, onProgress, fetch: request = fetch } = options
  let asked = false
  return fetchModel(name, {
    ...options,
    store,
    offline,
    // The browser's own cache would keep a second copy, and give wrong bytes again.
    fetch: (url, init) => request(url, { ...init, cache: 'no-store' }),
    onProgress(event) {
      if (event.type === 'download' && !asked) {
        asked = true
        // Whatever the answer is, the download goes on.
        navigator.storage?.persist?.().catch(() => false)
      }
      onProgress?.(event)
    },
  })
}
