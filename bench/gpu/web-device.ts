/**
 * web-device RESULTS
 * The graphics adapter that Dawn finds through Vulkan. Fails if there is none. What onnxruntime-node finds is the same: it has
 * Dawn in it, but does not tell.
 */
import { openGpu } from '../../packages/backend-web/src/runtime/gpu.ts'
import { actAsBrowser } from './browser-in-node.ts'
import { report } from './timing.ts'

const [results] = process.argv.slice(2) as [string]
actAsBrowser()
const opened = await openGpu()
const found = 'device' in opened
report(results, {
  part: 'adapter',
  ...(found ? { name: opened.adapter, halfPrecision: opened.halfPrecision } : opened),
})
process.exit(found ? 0 : 1)
