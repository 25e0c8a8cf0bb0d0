import { LatentkitError, ModelFilesError } from '@latentkit/core'
import { StorageFullError } from '@latentkit/hub'
import { assertBrowser } from '../assert-browser.ts'

/** What messages call the store. */
export const storeName = 'the browser’s storage for this page'

/** Runs something on the private file system, and says in words what goes wrong. */
export async function storing<T>(run: () => Promise<T>): Promise<T> {
  assertBrowser()
  try {
    return await run()
  } catch (error) {
    throw storageProblem(error)
  }
}

function storageProblem(cause: unknown): unknown {
  if (LatentkitError.isInstance(cause) || !(cause instanceof DOMException)) return cause
  const { name, message } = cause
  if (name === 'QuotaExceededError') return new StorageFullError({ store: storeName, cause })
  if (name === 'NoModificationAllowedError' || name === 'InvalidStateError') {
    const hint = 'Wait until it is done there, or close that page.'
    return new ModelFilesError({ path: storeName, problem: 'is being written by another page', hint, cause })
  }
  const hint = isSecureContext
    ? 'Some browsers keep nothing in private windows.'
    : 'Serve the page over https, or from localhost.'
  return new ModelFilesError({ path: storeName, problem: `cannot be used: ${message.replace(/\.$/, '')}`, hint, cause })
}
