/**
 * node-steps MODEL_FOLDER RESULTS DEVICE PRECISION SIDE [CONVOLUTIONS]
 * Steps of the full-size UNet on a device of onnxruntime-node.
 */
import { createNodeBackend, type NodeDevice } from '@latentkit/backend-node'
import type { ConvolutionMethod, Precision } from '@latentkit/models-ldm'
import { measureUNetSteps } from './unet-steps.ts'

const [folder, results, device, precision, side, convolutions] = process.argv.slice(2) as [
  string,
  string,
  NodeDevice,
  Precision,
  string,
  ConvolutionMethod?,
]
const backend = createNodeBackend({ device })
await measureUNetSteps(backend, folder, results, Number(side), precision, `node ${device}`, convolutions)
await backend.dispose()
