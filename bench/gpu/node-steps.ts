/**
 * node-steps MODEL_FOLDER RESULTS DEVICE PRECISION SIDE
 * Steps of the full-size UNet on a device of onnxruntime-node, through the backend as users have it: inputs come from the
 * processor's memory and outputs go back there.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNodeBackend, type NodeDevice } from '@latentkit/backend-node'
import type { Tensor } from '@latentkit/core'
import { createGraphSession, type Precision } from '@latentkit/models-ldm'
import { openFullSizeUNet } from './full-size-unet.ts'
import { report, secondsOf, timeSteps } from './timing.ts'

const [folder, results, device, precision, side] = process.argv.slice(2) as [
  string,
  string,
  NodeDevice,
  Precision,
  string,
]
const backend = createNodeBackend({ device })
const { runtime } = await backend.capabilities()
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
  const file = `node ${device} ${precision} ${side}.f32`
  await writeFile(join(folder, 'outputs', file), output!.data as Float32Array)
  report(results, { ...about, loadSeconds, firstStepSeconds, ...timing, output: file })
} catch (error) {
  const { name, code, message } = error as Error & { code?: string }
  report(results, { ...about, error: `${name} (${code}): ${message}` })
}
await backend.dispose()
