import type * as OnnxRuntime from 'onnxruntime-web/webgpu'
import { defaultThreads } from './default-threads.ts'
import { openGpu } from './gpu.ts'
import type { DeviceNotice, DeviceReport, Requests } from './messages.ts'

/** The runtime with its settings made, and the device to create sessions on. */
export interface OpenedRuntime {
  readonly ort: typeof OnnxRuntime
  readonly provider: OnnxRuntime.InferenceSession.ExecutionProviderConfig
  readonly report: DeviceReport
  /** Settles when the device is gone, with the browser's words. Never for WASM. */
  readonly lost: Promise<string>
}

/** WebGPU was asked for by name; why there is none. */
export class NoWebgpu extends Error {}

/**
 * Chooses the device by asking for it, and loads only the build of the runtime that this device needs.
 * @throws NoWebgpu if WebGPU was asked for by name and there is none.
 */
export async function openRuntime(options: Requests['start']['sent']): Promise<OpenedRuntime> {
  // The runtime needs it on the graphics card, too, and fails without words.
  if (!globalThis.WebAssembly) throw new Error('there is no WebAssembly in this browser')
  const { device, wasmFolder } = options
  const notices: DeviceNotice[] = []
  const threads = chooseThreads(options)
  const gpu = device === 'wasm' ? undefined : await openGpu()
  if (gpu && 'device' in gpu) {
    const ort = prepare(await loadGpuBuild(), gpuBuild, 1, wasmFolder)
    const { adapter, halfPrecision } = gpu
    return {
      ort,
      provider: { name: 'webgpu', device: gpu.device } as unknown as OpenedRuntime['provider'],
      report: { device: 'webgpu', runtimeVersion: versionOf(ort), threads: 1, halfPrecision, adapter, notices },
      lost: gpu.device.lost.then(({ message, reason }) => message || reason),
    }
  }
  if (gpu && device === 'webgpu') throw new NoWebgpu(gpu.why)
  if (gpu) notices.push({ code: 'no_webgpu', message: `Runs on the processor: ${gpu.why}.` })
  if (threads.notice) notices.push(threads.notice)
  const ort = prepare(await import('onnxruntime-web/wasm'), 'ort-wasm-simd-threaded.wasm', threads.count, wasmFolder)
  return {
    ort,
    provider: 'wasm',
    report: {
      device: 'wasm',
      runtimeVersion: versionOf(ort),
      threads: threads.count,
      halfPrecision: false,
      adapter: '',
      notices,
    },
    lost: new Promise(() => {}),
  }
}

function versionOf({ env }: typeof OnnxRuntime): string {
  return env.versions.web ?? env.versions.common
}

/** With JavaScript promise integration the runtime is 10 MB smaller. */
const hasPromiseIntegration = 'Suspending' in (globalThis.WebAssembly ?? {})
const gpuBuild = `ort-wasm-simd-threaded.${hasPromiseIntegration ? 'jspi' : 'asyncify'}.wasm`

function loadGpuBuild(): Promise<typeof OnnxRuntime> {
  return hasPromiseIntegration ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu')
}

function prepare(
  ort: typeof OnnxRuntime,
  wasmFile: string,
  threads: number,
  wasmFolder: string | undefined,
): typeof OnnxRuntime {
  // Errors come back as rejections; nothing is printed on the page's console.
  ort.env.logLevel = 'fatal'
  ort.env.wasm.numThreads = threads
  if (wasmFolder !== undefined) ort.env.wasm.wasmPaths = filesIn(wasmFolder, wasmFile, threads)
  return ort
}

/**
 * What the runtime loads from there. In a worker that was made for a script of another server, threads cannot be started from
 * that script: the runtime then starts them from a file of their own, which lies beside the .wasm file.
 */
function filesIn(folder: string, wasmFile: string, threads: number): { wasm: string; mjs?: string } {
  const wasm = new URL(wasmFile, folder)
  const elsewhere = location.protocol === 'blob:' && wasm.origin !== location.origin
  return { wasm: wasm.href, ...(threads > 1 && elsewhere && { mjs: wasm.href.replace(/wasm$/, 'mjs') }) }
}

/** Threads share memory, which browsers allow only in cross-origin isolated pages. */
function chooseThreads({ threads, whyOneThread }: Requests['start']['sent']): {
  readonly count: number
  readonly notice?: DeviceNotice
} {
  if (whyOneThread !== undefined)
    return { count: 1, notice: { code: 'threads_refused', message: `Runs on one thread: ${whyOneThread}` } }
  const count = threads ?? defaultThreads(navigator.hardwareConcurrency || 1)
  if (count === 1 || crossOriginIsolated) return { count }
  const message =
    'Runs on one thread: several need a page served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.'
  return { count: 1, notice: { code: 'one_thread', message } }
}
