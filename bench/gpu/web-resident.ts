/**
 * web-resident MODEL_FOLDER RESULTS SIDE PRECISION STEPS
 * A run of several steps on onnxruntime-web alone, without our backend and its worker: the latents kept on the graphics card,
 * where a shader takes each step, against the same run with latents that pass through the processor's memory. What a step
 * takes is made up: nine tenths of the latents less a tenth of the network's answer.
 */
import { relativeDifference } from '@latentkit/core/testing'
import type { Precision } from '@latentkit/models-ldm'
import { writeOnnx } from '@latentkit/onnx-graph'
import * as ort from 'onnxruntime-web/webgpu'
import { openGpu } from '../../packages/backend-web/src/runtime/gpu.ts'
import { actAsBrowser, servedFrom } from './browser-in-node.ts'
import { openFullSizeUNet } from './full-size-unet.ts'
import { createTensorBuffer, createUpdate, type Gpu, type GpuBuffer, readBack } from './gpu-latents.ts'
import { endNow, report } from './timing.ts'

const [folder, results, sideText, precision, stepsText] = process.argv.slice(2) as [
  string,
  string,
  string,
  Precision,
  string,
]
const [side, steps] = [Number(sideText), Number(stepsText)]
const values = 3 * side * side

actAsBrowser()
ort.env.logLevel = 'fatal'
ort.env.wasm.numThreads = 1
ort.env.wasm.wasmPaths = { wasm: `${servedFrom}ort-wasm-simd-threaded.asyncify.wasm` }
const opened = await openGpu()
if (!('device' in opened)) throw new Error(opened.why)
const device = opened.device as unknown as Gpu
const { graph, weights, inputs } = await openFullSizeUNet(folder, side, precision)
const [[name, file]] = Object.entries(weights.files) as [[string, (typeof weights.files)[string]]]
const session = await ort.InferenceSession.create(writeOnnx(graph, { [name]: 'weights' }), {
  executionProviders: [{ name: 'webgpu', device } as unknown as 'webgpu'],
  externalData: [{ path: 'weights', data: await file.read(0, file.size) }],
})
const timestep = new ort.Tensor('float32', inputs.timestep.data, [1])

async function throughMemory(): Promise<Float32Array> {
  const latents = inputs.sample.data.slice()
  for (let k = 0; k < steps; k++) {
    const sample = new ort.Tensor('float32', latents, inputs.sample.shape)
    const output = (await session.run({ sample, timestep })).output!.data as Float32Array
    for (let i = 0; i < values; i++) latents[i] = 0.9 * latents[i]! - 0.1 * output[i]!
  }
  return latents.slice(0, values)
}

const sampleBuffer = createTensorBuffer(device, 2 * values)
const outputBuffer = createTensorBuffer(device, values)
const update = createUpdate(device, sampleBuffer, outputBuffer, values, 0.9, -0.1)

async function onTheCard(): Promise<Float32Array> {
  const onCard = (buffer: GpuBuffer, channels: number) =>
    ort.Tensor.fromGpuBuffer(buffer as never, { dataType: 'float32', dims: [1, channels, side, side] })
  device.queue.writeBuffer(sampleBuffer, 0, inputs.sample.data)
  for (let k = 0; k < steps; k++) {
    await session.run({ sample: onCard(sampleBuffer, 6), timestep }, { output: onCard(outputBuffer, 3) })
    update()
  }
  return readBack(device, sampleBuffer, values)
}

const runs: Record<string, () => Promise<Float32Array>> = { copies: throughMemory, resident: onTheCard }
const seconds: Record<string, number[]> = { copies: [], resident: [] }
const latents: Record<string, Float32Array> = {}
// In turn; the first round prepares shaders and buffers.
for (let round = 0; round < (process.env.LATENTKIT_QUICK ? 2 : 4); round++) {
  for (const [way, run] of Object.entries(runs)) {
    const start = performance.now()
    latents[way] = await run()
    if (round > 0) seconds[way]!.push((performance.now() - start) / 1000 / steps)
  }
}
const difference = relativeDifference(latents.resident!, latents.copies!)
report(results, { part: 'web resident', way: precision, side, steps, stepSeconds: seconds, difference })
endNow()
