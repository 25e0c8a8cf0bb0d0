import { createBrowserStore, type FetchNamedModelOptions, openModel } from '@latentkit/backend-web'
import { LatentkitError, type ModelFiles } from '@latentkit/core'

/** The authors' model, which visitors download if they wish. A fixed commit needs no network once it is kept. */
export const largeModel = {
  name: 'CompVis/ldm-super-resolution-4x-openimages',
  revision: '0b55ddf931a8e3a1b426b3a50ddcf325ff84f668',
  /** Half the bytes of the full weights. */
  variant: 'fp16',
  /** Bytes to download. */
  size: 338e6,
}

const store = createBrowserStore()
const { name, revision, variant } = largeModel
// A mirror, where the page's owner names one.
const endpoint = import.meta.env.VITE_HUB_ENDPOINT as string | undefined

/** What a download may be told. */
export type DownloadOptions = Pick<FetchNamedModelOptions, 'signal' | 'onProgress'>

/** Fetches what is missing of the model. */
export async function downloadLargeModel(options: DownloadOptions): Promise<void> {
  await openModel(name, { store, revision, variant, endpoint, ...options })
}

/** Opens the model as it is kept. @throws OfflineError if it is not kept whole. */
export function openLargeModel(): Promise<ModelFiles> {
  return openModel(name, { store, revision, variant, offline: true })
}

/** Whether the model is kept whole, and whether the browser promised not to clear it. */
export async function keptLargeModel(): Promise<{ readonly kept: boolean; readonly forGood: boolean }> {
  try {
    await openLargeModel()
    return { kept: true, forGood: (await navigator.storage.persisted?.()) ?? false }
  } catch (error) {
    // No storage at all (a private window, say) is told when somebody wants to download.
    if (LatentkitError.isInstance(error)) return { kept: false, forGood: false }
    throw error
  }
}

/** @returns Bytes set free. */
export function removeLargeModel(): Promise<number> {
  return store.repository(name).remove()
}

/** Bytes that the page may still keep, as far as the browser tells. */
export async function freeBytes(): Promise<number> {
  const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {}
  return quota - usage
}
