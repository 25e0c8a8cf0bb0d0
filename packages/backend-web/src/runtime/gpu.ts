/** The part of WebGPU that is used here; TypeScript's own library does not know it yet. */
interface Gpu {
  requestAdapter(options?: { powerPreference?: 'high-performance' }): Promise<GpuAdapter | null>
}

interface GpuAdapter {
  readonly features: ReadonlySet<string>
  readonly limits: object
  readonly info?: { readonly vendor: string; readonly architecture: string; readonly description: string }
  requestDevice(options: { requiredFeatures: string[]; requiredLimits: Record<string, number> }): Promise<GpuDevice>
}

export interface GpuDevice {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>
}

export interface OpenedGpu {
  readonly device: GpuDevice
  readonly adapter: string
  readonly halfPrecision: boolean
}

/** Opens the best graphics device with all it can do, or says in words why there is none. */
export async function openGpu(): Promise<OpenedGpu | { readonly why: string }> {
  const gpu = (navigator as { gpu?: Gpu }).gpu
  if (!gpu) {
    return {
      why: isSecureContext ? 'this browser has no WebGPU' : 'WebGPU needs a page served over https or localhost',
    }
  }
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
    if (!adapter) return { why: 'the browser offers no graphics adapter for WebGPU' }
    const device = await adapter.requestDevice({
      requiredFeatures: [...adapter.features],
      requiredLimits: numbersOf(adapter.limits),
    })
    const { vendor = '', architecture = '', description = '' } = adapter.info ?? {}
    const name = description || [vendor, architecture].filter(Boolean).join(' ')
    return { device, adapter: name, halfPrecision: adapter.features.has('shader-f16') }
  } catch (error) {
    return { why: `the graphics device could not be opened: ${(error as Error).message.replace(/\.$/, '')}` }
  }
}

/** Limits are getters of the object's prototype. */
function numbersOf(limits: object): Record<string, number> {
  const numbers: Record<string, number> = {}
  for (const key in limits) {
    const value = (limits as Record<string, unknown>)[key]
    if (typeof value === 'number') numbers[key] = value
  }
  return numbers
}
