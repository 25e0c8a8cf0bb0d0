import {
  assertOptions,
  type Backend,
  type BackendCapabilities,
  BackendError,
  checkedSource,
  InvalidArgumentError,
  LatentkitError,
} from '@latentkit/core'
import { assertBrowser } from './assert-browser.ts'
import { pageAddress } from './page-address.ts'
import type { DeviceReport, WebDevice } from './runtime/messages.ts'
import { connectRuntime } from './runtime/runtime-connection.ts'
import { createRuntimeHost } from './runtime/runtime-host.ts'
import { createWebSession } from './web-session.ts'
import { workerHint } from './worker-hint.ts'

/** Devices that can be asked for; `auto` is WebGPU where there is an adapter, WASM otherwise. */
export const webDevices: readonly (WebDevice | 'auto')[] = ['auto', 'webgpu', 'wasm']

/** What computes, and where its files are found. */
export interface WebBackendOptions {
  /** Default `auto`. */
  readonly device?: WebDevice | 'auto' | undefined
  /**
   * Threads of the WASM runtime. Default: one per core up to 4, then half of them, at most 8; 1 where the page is not
   * cross-origin isolated.
   */
  readonly threads?: number | undefined
  /** Folder that the runtime's .wasm files are served from. Default: where the bundler puts them. */
  readonly wasmFolder?: string | URL | undefined
  /** Makes the worker. Default: the package's own; give one where a page's rules or its bundler want it made in another way. */
  readonly createWorker?: (() => Worker) | undefined
  /**
   * Seconds that a run may go on after it was aborted before its worker is ended; `Infinity` never ends it. The caller hears of the
   * abort at once. Default 2.
   */
  readonly patience?: number | undefined
}

const optionNames: Readonly<Record<keyof WebBackendOptions, true>> = {
  device: true,
  threads: true,
  wasmFolder: true,
  createWorker: true,
  patience: true,
}

/** A backend that can tell what it runs on. */
export interface WebBackend extends Backend {
  /**
   * Starts the runtime, if it is not yet, and tells the device that was found, and why it is not a faster one. Ask again
   * after the first session was made: only then is it known whether the browser starts the threads.
   */
  report(): Promise<DeviceReport>
}

const name = 'onnxruntime-web'

/** What a page's 32-bit WebAssembly memory holds, less what the runtime itself and its weights may take. */
const wasmMemory = 3 * 2 ** 30

/**
 * Runs models in the browser with onnxruntime-web, in a worker of its own, one call at a time. Nothing is loaded before it is
 * needed. When the graphics device is lost, the call under way rejects with `DeviceLostError` and the next one starts anew.
 * Outside of a browser, such as where a server renders the page, it can be made, and rejects with a `BackendError` when used.
 * @throws InvalidArgumentError for an unknown option or device, or a number of threads or seconds that is none.
 */
export function createWebBackend(options: WebBackendOptions = {}): WebBackend {
  assertOptions(options, optionNames)
  const { device = 'auto', threads, patience = 2, createWorker = startWorker } = options
  if (!webDevices.includes(device)) {
    throw new InvalidArgumentError({ argument: 'device', value: device, expected: `one of ${webDevices.join(', ')}` })
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new InvalidArgumentError({ argument: 'threads', value: threads, expected: 'a whole number above 0' })
  }
  if (!(typeof patience === 'number' && patience >= 0)) {
    throw new InvalidArgumentError({ argument: 'patience', value: patience, expected: 'a number of seconds from 0' })
  }
  const wasmFolder = options.wasmFolder && addressOf(options.wasmFolder)
  const host = createRuntimeHost(
    name,
    (whyOneThread) => connectRuntime(name, makeWorker(createWorker), { device, threads, wasmFolder, whyOneThread }),
    patience,
  )
  const report = () => host.use((runtime) => runtime.started)

  return {
    name,
    report,
    async capabilities(): Promise<BackendCapabilities> {
      const found = await report()
      return {
        runtime: `${name} ${found.runtimeVersion}`,
        device: found.device,
        dtypes: found.halfPrecision ? ['float32', 'float16'] : ['float32'],
        availableMemory: () => (found.device === 'wasm' ? wasmMemory : undefined),
      }
    },
    async createSession(source, { signal } = {}) {
      return createWebSession(host, name, checkedSource(source), signal)
    },
    async dispose() {
      host.dispose()
    },
  }
}

/** As seen from the page; where there is none, as it is. */
function addressOf(folder: string | URL): string {
  if (typeof location === 'undefined') return String(folder)
  const url = pageAddress(folder)
  // Without a slash at its end, the last part would be taken for a file beside which the others lie.
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url.href
}

function makeWorker(createWorker: () => Worker): Worker {
  try {
    return createWorker()
  } catch (cause) {
    if (LatentkitError.isInstance(cause)) throw cause
    const problem = `runtime-worker.js could not be started (${(cause as Error).message})`
    throw new BackendError({ backend: name, problem, hint: workerHint(), cause })
  }
}

function startWorker(): Worker {
  assertBrowser('Worker')
  return new Worker(new URL('./runtime-worker.js', import.meta.url), { type: 'module', name: 'latentkit-runtime' })
}
