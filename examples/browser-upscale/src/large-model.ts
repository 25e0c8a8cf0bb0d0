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

/** Where the bytes that had come when a download last told of itself are noted, for the next visit. */
const receivedKey = `received ${name}`

/** What a download may be told. */
export type DownloadOptions = Pick<FetchNamedModelOptions, 'signal' | 'onProgress'>

/** Fetches what is missing of the model. */
export async function downloadLargeModel({ signal, onProgress }: DownloadOptions): Promise<void> {
  await openModel(name, {
    store,
    revision,
    variant,
    endpoint,
    signal,
    onProgress(event) {
      if (event.type === 'download') noteReceived(event.receivedBytes)
      onProgress?.(event)
    },
  })
}

/** The download goes on without the note, where its storage is full: other pages of the same server use it, too. */
function noteReceived(bytes: number): void {
  try {
    localStorage.setItem(receivedKey, String(bytes))
  } catch {}
}

/** Opens the model as it is kept. @throws OfflineError if it is not kept whole. */
export function openLargeModel(): Promise<ModelFiles> {
  return openModel(name, { store, revision, variant, offline: true })
}

/** What this browser has of the model. */
export interface KeptState {
  /** True if all of it is there. */
  readonly whole: boolean
  /** True if the browser promised not to clear it. */
  readonly forGood: boolean
  /** Bytes of a download that has not come to its end; undefined if there is none. */
  readonly part?: number
}

export async function keptLargeModel(): Promise<KeptState> {
  try {
    await openLargeModel()
    return { whole: true, forGood: (await navigator.storage.persisted?.()) ?? false }
  } catch (error) {
    // No storage at all (a private window, say) is told when somebody wants to download.
    if (!LatentkitError.isInstance(error)) throw error
    const begun = await store.repositories().then(
      (names) => names.includes(name),
      () => false,
    )
    return { whole: false, forGood: false, ...(begun && { part: Number(localStorage.getItem(receivedKey)) }) }
  }
}

/** Removes the model, or what has come of it. @returns Bytes set free. */
export function removeLargeModel(): Promise<number> {
  localStorage.removeItem(receivedKey)
  return store.repository(name).remove()
}

/** Bytes that the page may still keep, as far as the browser tells. */
export async function freeBytes(): Promise<number> {
  const told = await navigator.storage?.estimate?.().catch(() => undefined)
  const { quota = Infinity, usage = 0 } = told ?? {}
  return quota - usage
}
