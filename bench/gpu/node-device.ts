/**
 * node-device RESULTS DEVICE
 * Whether onnxruntime-node can open a device here, or what it says.
 */
import { createNodeBackend, type NodeDevice } from '@latentkit/backend-node'
import { float32 } from '@latentkit/core'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { report } from './timing.ts'

const [results, device] = process.argv.slice(2) as [string, NodeDevice]
const backend = createNodeBackend({ device })
try {
  const session = await backend.createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })
  const { y } = await session.run({ x: float32([2, 3], [1, 2, 3, 4, 5, 6]) })
  report(results, { part: 'node device', device, works: [...y!.data].join() === '3,5,7,9,11,13' })
} catch (error) {
  const { name, code, message } = error as Error & { code?: string }
  report(results, { part: 'node device', device, error: `${name} (${code}): ${message}` })
  process.exitCode = 1
}
await backend.dispose()
