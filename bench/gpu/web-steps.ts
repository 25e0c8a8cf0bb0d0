/**
 * web-steps MODEL_FOLDER RESULTS SIDE PRECISION
 * Steps of the full-size UNet on onnxruntime-web with WebGPU in Node, through the web backend as users have it: in a worker,
 * inputs and outputs passing through the processor's memory.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tensor } from '@latentkit/core'
import { createGraphSession, type Precision } from '@latentkit/models-ldm'
import { openFullSizeUNet } from './full-size-unet.ts'
import { endNow, report, secondsOf, timeSteps } from './timing.ts'
import { createWebBackendInNode } from './web-backend-in-node.ts'

const [folder, results, side, precision] = process.argv.slice(2) as [string, string, string, Precision]
const backend = createWebBackendInNode()
const { runtime, device } = await backend.capabilities()
const about = { runtime, device, way: precision, side: Number(side) }
try {
  const { graph, weights, inputs } = await openFullSizeUNet(folder, Number(side), precision)
  const start = performance.now()
  const session = await createGraphSession(backend, graph, weights)
  const loadSeconds = (performance.now() - start) / 1000
  let output: Tensor | undefined
  const step = async () => {
    output = (await session.run(inputs)).output
  }
  const firstStepSeconds = await secondsOf(step)
  const timing = await timeSteps(step)
  const file = `web ${precision} ${side}.f32`
  await writeFile(join(folder, 'outputs', file), output!.data as Float32Array)
  report(results, { ...about, loadSeconds, firstStepSeconds, ...timing, output: file })
} catch (error) {
  report(results, { ...about, error: String(error) })
}
endNow()
