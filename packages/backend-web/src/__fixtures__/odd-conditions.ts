/** Makes the worker's surroundings odd, as its name says, or on a test's word. */
interface Destroyable {
  destroy(): void
}
interface Gpu {
  requestAdapter(options: unknown): Promise<{ requestDevice(options: unknown): Promise<Destroyable> } | null>
}

// Vitest wraps dynamic imports; in a worker that it did not start itself the wrapper is missing.
Object.assign(globalThis, {
  __vitest_browser_runner__: { wrapDynamicImport: (load: () => Promise<unknown>) => load() },
})

const condition = (globalThis as unknown as { name: string }).name
let device: Destroyable | undefined
const gpu = (navigator as unknown as { gpu: Gpu }).gpu
const requestAdapter = gpu.requestAdapter.bind(gpu)
gpu.requestAdapter = async (options) => {
  if (condition === 'no adapter') return null
  const adapter = await requestAdapter(options)
  const requestDevice = adapter?.requestDevice.bind(adapter)
  if (adapter && requestDevice) {
    adapter.requestDevice = async (wanted) => {
      device = await requestDevice(wanted)
      return device
    }
  }
  return adapter
}

// As browsers do that were told to be safe rather than quick.
if (condition === 'no WebAssembly') Object.assign(globalThis, { WebAssembly: undefined })
if (condition === 'no isolation') Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false })

addEventListener('message', ({ data }: MessageEvent<{ test?: 'destroy the device' | 'be busy' }>) => {
  if (data.test === 'destroy the device') device?.destroy()
  if (data.test === 'be busy') {
    const end = performance.now() + 60_000
    while (performance.now() < end) {}
  }
})

export {}
