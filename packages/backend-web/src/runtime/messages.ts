import type { TensorMessage, ValueInfo } from '@latentkit/core'

/** Devices that a browser may have. */
export type WebDevice = 'webgpu' | 'wasm'

/** Something the user should know about how models will run. */
export interface DeviceNotice {
  /**
   * Stable, safe to switch on: no graphics card can be used; the page is not cross-origin isolated, which several threads
   * need; the browser refused to start threads, which is known from the first session on.
   */
  readonly code: 'no_webgpu' | 'one_thread' | 'threads_refused'
  readonly message: string
}

/** What the runtime found when it was started. */
export interface DeviceReport {
  readonly device: WebDevice
  /** Of onnxruntime-web, such as `1.30.0`. */
  readonly runtimeVersion: string
  /** Threads of the WASM runtime. */
  readonly threads: number
  /** True if the graphics card computes in half precision. */
  readonly halfPrecision: boolean
  /** What the browser calls the graphics adapter; empty for WASM and where it does not tell. */
  readonly adapter: string
  readonly notices: readonly DeviceNotice[]
}

/** Requests by name: what is sent and what comes back. */
export interface Requests {
  start: {
    readonly sent: {
      readonly device: WebDevice | 'auto'
      readonly threads: number | undefined
      readonly wasmFolder: string | undefined
      /** Why it must be one thread, where that is known before. */
      readonly whyOneThread: string | undefined
    }
    readonly answer: DeviceReport
  }
  create: {
    readonly sent: {
      readonly model: Uint8Array
      /** Whole weight files. A `Blob` travels by reference and is read in the worker. */
      readonly weights: readonly { readonly path: string; readonly data: Uint8Array | Blob }[]
    }
    readonly answer: {
      readonly session: number
      readonly inputs: readonly ValueInfo[]
      readonly outputs: readonly ValueInfo[]
    }
  }
  run: {
    readonly sent: { readonly session: number; readonly inputs: Readonly<Record<string, TensorMessage>> }
    readonly answer: Readonly<Record<string, TensorMessage>>
  }
  release: { readonly sent: { readonly session: number }; readonly answer: null }
}

export type RequestMessage = {
  [K in keyof Requests]: { readonly id: number; readonly kind: K; readonly body: Requests[K]['sent'] }
}[keyof Requests]

export type AnswerMessage = { readonly id: number } & ({ readonly answer: unknown } | { readonly error: string })

/** What the worker says without being asked. */
export type NewsMessage =
  /** The graphics device is gone, in the browser's words. */
  | { readonly lost: string }
  /** The graphics device that was asked for is not there, and why; nothing can be done here. */
  | { readonly noWebgpu: string }
  /** Threads could not be started from this script; what is under way will never be done. */
  | { readonly refusedThreads: string }
