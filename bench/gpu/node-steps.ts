/**
 * node-steps MODEL_FOLDER RESULTS DEVICE PRECISION SIDE
 * Steps of the full-size UNet on a device of onnxruntime-node.
 */
import { createNodeBackend, type NodeDevice } from '@latentkit/backend-node'
import type { Precision } from '@latentkit/models-ldm'
import { measureUNetSteps } from './unet-steps.ts'

const [folder, results, device, precision, side] = process.argv.slice(2) as [
  string,
  string,
  NodeDevice,
  Precision,
  string,
]
const backend = createNodeBackend({ device })
await measureUNetSteps(backend, folder, results, Number(side), precision, `node ${device}`)
await backend.dispose()
