/** The real worker, whose graphics device a test can destroy, and which a test can keep busy. */
interface Destroyable {
  destroy(): void
}
interface Gpu {
  requestAdapter(options: unknown): Promise<{ requestDevice(options: unknown): Promise<Destroyable> } | null>
}

let device: Destroyable | undefined
const gpu = (navigator as unknown as { gpu?: Gpu }).gpu
const requestAdapter = gpu?.requestAdapter.bind(gpu)
if (gpu && requestAdapter) {
  gpu.requestAdapter = async (options) => {
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
}

addEventListener('message', ({ data }: MessageEvent<{ test?: 'destroy the device' | 'be busy' }>) => {
  if (data.test === 'destroy the device') device?.destroy()
  if (data.test === 'be busy') {
    const end = performance.now() + 60_000
    while (performance.now() < end) {}
  }
})

// After the listeners above, so that they are asked first.
await import('../../dist/runtime-worker.js' as string)

export {}
