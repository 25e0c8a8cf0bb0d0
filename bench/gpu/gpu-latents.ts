/** What is used of WebGPU; TypeScript's own library does not know it yet. */
export interface Gpu {
  readonly queue: {
    writeBuffer(buffer: GpuBuffer, offset: number, data: Float32Array): void
    submit(commands: readonly object[]): void
  }
  createBuffer(options: { size: number; usage: number }): GpuBuffer
  createShaderModule(options: { code: string }): object
  createComputePipeline(options: object): { getBindGroupLayout(index: number): object }
  createBindGroup(options: object): object
  createCommandEncoder(): {
    beginComputePass(): {
      setPipeline(pipeline: object): void
      setBindGroup(index: number, group: object): void
      dispatchWorkgroups(count: number): void
      end(): void
    }
    copyBufferToBuffer(from: GpuBuffer, fromOffset: number, to: GpuBuffer, toOffset: number, size: number): void
    finish(): object
  }
}

export interface GpuBuffer {
  mapAsync(mode: number): Promise<void>
  getMappedRange(): ArrayBuffer
  destroy(): void
}

/** GPUBufferUsage and GPUMapMode, as the specification numbers them. */
const usage = { mapRead: 1, copySource: 4, copyDestination: 8, storage: 128 }
const read = 1

/** A buffer of float32 that the network can read and write. */
export function createTensorBuffer(gpu: Gpu, values: number): GpuBuffer {
  return gpu.createBuffer({ size: 4 * values, usage: usage.storage | usage.copySource | usage.copyDestination })
}

/** Makes what puts `keep · sample + add · output` into the first values of the sample, as many as the output has. */
export function createUpdate(
  gpu: Gpu,
  sample: GpuBuffer,
  output: GpuBuffer,
  values: number,
  keep: number,
  add: number,
) {
  const code = `
    @group(0) @binding(0) var<storage, read_write> latents: array<f32>;
    @group(0) @binding(1) var<storage, read> answer: array<f32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < ${values}u) { latents[id.x] = ${keep} * latents[id.x] + ${add} * answer[id.x]; }
    }`
  const compute = { module: gpu.createShaderModule({ code }), entryPoint: 'main' }
  const pipeline = gpu.createComputePipeline({ layout: 'auto', compute })
  const entries = [sample, output].map((buffer, binding) => ({ binding, resource: { buffer } }))
  const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
  return (): void => {
    const encoder = gpu.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(Math.ceil(values / 64))
    pass.end()
    gpu.queue.submit([encoder.finish()])
  }
}

/** The first values of a buffer, when all that was asked for before is done. */
export async function readBack(gpu: Gpu, buffer: GpuBuffer, values: number): Promise<Float32Array> {
  const copy = gpu.createBuffer({ size: 4 * values, usage: usage.mapRead | usage.copyDestination })
  const encoder = gpu.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, 4 * values)
  gpu.queue.submit([encoder.finish()])
  await copy.mapAsync(read)
  const numbers = new Float32Array(copy.getMappedRange().slice(0))
  copy.destroy()
  return numbers
}
