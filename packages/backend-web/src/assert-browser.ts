import { BackendError } from '@latentkit/core'

/**
 * Says in words where this package is called outside of a browser.
 * @param needed What is used next of a browser's globals, such as `Worker`.
 * @throws BackendError if that is not there, or no address of a page, as in Node and where a server renders pages.
 */
export function assertBrowser(needed = 'location'): void {
  const missing = ['location', needed].find((name) => !(name in globalThis))
  if (missing === undefined) return
  throw new BackendError({
    backend: '@latentkit/backend-web',
    problem: `this package is for browsers, and there is no ${missing} here`,
    hint: 'In Node use @latentkit/backend-node; where a server renders the page, call it in the page only.',
  })
}
