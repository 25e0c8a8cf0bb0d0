/**
 * web-conformance RESULTS
 * The suite that every backend must pass, on the web backend's own worker with WebGPU, in Node.
 */
import { backendConformance } from '@latentkit/core/testing'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { endNow, report, secondsOf } from './timing.ts'
import { createWebBackendInNode } from './web-backend-in-node.ts'

const [results] = process.argv.slice(2) as [string]
const backend = createWebBackendInNode()
report(results, { part: 'web device', ...(await backend.report()), ...(await backend.capabilities()) })
await backend.dispose()

const suite = backendConformance({ models: conformanceModels, createBackend: createWebBackendInNode })
const failed: string[] = []
const seconds = await secondsOf(async () => {
  for (const { name, run } of suite) {
    const error = await run().then(
      () => undefined,
      (reason: unknown) => String(reason).slice(0, 500),
    )
    console.log(error === undefined ? `passes: ${name}` : `FAILS: ${name}: ${error}`)
    if (error !== undefined) failed.push(`${name}: ${error}`)
  }
})
report(results, { part: 'web conformance', passed: suite.length - failed.length, failed, seconds })
endNow()
