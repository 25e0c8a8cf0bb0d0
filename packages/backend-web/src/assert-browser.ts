import { BackendError } from '@latentkit/core'

/**
 * Says in words where this package is called outside of a browser, or in a worker that has not what a page has.
 * @param needed What is used next of a browser's globals, such as `Worker`.
 * @throws BackendError if that is not there, or no address of a page, as in Node and where a server renders pages.
 */
export function assertBrowser(needed = 'location'): void {
  if (!('location' in globalThis)) {
    throw new BackendError({
      backend: '@latentkit/backend-web',
      problem: 'this package is for browsers, and there is no location here',
      hint: 'In Node use @latentkit/backend-node; where a server renders the page, call it in the page only.',
    })
  }
  if (needed in globalThis) return
  throw new BackendError({
    backend: '@latentkit/backend-web',
    problem: `there is no ${needed} here`,
    hint: 'Call it in a page: service workers can start no worker, nor can shared workers in Chromium, and no worker has a document. (A browser extension calls it in one of its pages, such as an offscreen document.)',
  })
}
