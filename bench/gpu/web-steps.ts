/**
 * web-steps MODEL_FOLDER RESULTS SIDE PRECISION
 * Steps of the full-size UNet on onnxruntime-web with WebGPU in Node, in a worker as in a browser.
 */
import type { Precision } from '@latentkit/models-ldm'
import { endNow } from './timing.ts'
import { measureUNetSteps } from './unet-steps.ts'
import { createWebBackendInNode } from './web-backend-in-node.ts'

const [folder, results, side, precision] = process.argv.slice(2) as [string, string, string, Precision]
await measureUNetSteps(createWebBackendInNode(), folder, results, Number(side), precision, 'web')
endNow()
