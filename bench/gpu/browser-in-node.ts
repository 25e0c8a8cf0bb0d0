import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** What is used of Dawn's objects; TypeScript's own library does not know WebGPU yet. */
interface Dawn {
  /** @param toggles such as `verbose=1`. */
  create(toggles: readonly string[]): object
  /** Classes and flags that browsers have as globals. */
  readonly globals: Record<string, unknown> & { readonly GPUQueue: { readonly prototype: GpuQueue } }
}

interface GpuQueue {
  writeBuffer(buffer: object, offset: number, data: ArrayBufferView | ArrayBufferLike, ...range: number[]): void
}

/** The address that the folder `web` beside these programs is served at; the runtime fetches nothing from `file:`. */
export const servedFrom = 'https://latentkit.invalid/web/'

/**
 * Gives this thread what a browser has and Node has not: `navigator.gpu`, which is that of Chromium, Dawn, from the file
 * `DAWN_NODE` of the npm package `webgpu`; and a server of the runtime's files.
 */
export function actAsBrowser(): void {
  addWebGpu()
  const { fetch } = globalThis
  globalThis.fetch = async (source, options) => {
    const address = String(source)
    if (!address.startsWith(servedFrom)) return fetch(source, options)
    const file = new URL(`./web/${address.slice(servedFrom.length)}`, import.meta.url)
    return new Response(new Uint8Array(await readFile(file)), { headers: { 'content-type': 'application/wasm' } })
  }
}

function addWebGpu(): void {
  const { create, globals } = createRequire(import.meta.url)(process.env.DAWN_NODE!) as Dawn
  Object.assign(globalThis, globals)
  const queue = globals.GPUQueue.prototype
  const { writeBuffer } = queue
  // Browsers take memory that threads share, of which the runtime's is; Dawn's binding to Node does not.
  queue.writeBuffer = function (this: GpuQueue, buffer, offset, data, ...range) {
    const isView = ArrayBuffer.isView(data)
    if ((isView ? data.buffer : data) instanceof ArrayBuffer)
      return writeBuffer.call(this, buffer, offset, data, ...range)
    const bytesPerItem = isView && 'BYTES_PER_ELEMENT' in data ? (data.BYTES_PER_ELEMENT as number) : 1
    const all = isView ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
    const [start = 0, length] = range.map((items) => items * bytesPerItem)
    const copy = all.slice(start, length === undefined ? undefined : start + length)
    writeBuffer.call(this, buffer, offset, copy)
  }
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu: create([]), hardwareConcurrency: 1, userAgent: 'node' },
    configurable: true,
  })
}
