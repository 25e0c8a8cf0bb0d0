/** Where a file lies in the page's private file system: the names of its folders, then its own. */
export type FilePath = readonly string[]

/** What the page asks of the worker that writes: requests by name, what is sent and what comes back. */
export interface StoreRequests {
  /** Makes a small file, or replaces it, at once. */
  writeText: { readonly sent: { readonly path: FilePath; readonly text: string }; readonly answer: null }
  /** Opens a file for the requests below, and makes it if there is none. Nobody else can open it meanwhile. */
  open: { readonly sent: { readonly path: FilePath }; readonly answer: { readonly file: number } }
  write: {
    readonly sent: { readonly file: number; readonly offset: number; readonly bytes: Uint8Array }
    readonly answer: null
  }
  read: {
    readonly sent: { readonly file: number; readonly offset: number; readonly length: number }
    readonly answer: Uint8Array
  }
  /** Waits until what was written is safe from a crash of the machine. */
  flush: { readonly sent: { readonly file: number }; readonly answer: null }
  /** Cuts the file to its size, closes it and moves it to its final place, at once. */
  finish: {
    readonly sent: { readonly file: number; readonly size: number; readonly path: FilePath }
    readonly answer: null
  }
  close: { readonly sent: { readonly file: number }; readonly answer: null }
}

export type StoreRequest = {
  [K in keyof StoreRequests]: { readonly id: number; readonly kind: K; readonly body: StoreRequests[K]['sent'] }
}[keyof StoreRequests]

/** An error travels as the name and the words that the browser gave it. */
export type StoreAnswer = { readonly id: number } & (
  | { readonly answer: unknown }
  | { readonly error: { readonly name: string; readonly message: string } }
)
