// Fetches a model in a process of its own: node fetch-process-fixture.mjs <name> <endpoint> <cache folder>
import { openModel } from '@latentkit/backend-node'

const [name, endpoint, cacheDir] = process.argv.slice(2)
const controller = new AbortController()
process.once('SIGINT', () => controller.abort(new Error('stopped')))
try {
  const onProgress = (event) => process.stdout.write(`${event.receivedBytes}\n`)
  const model = await openModel(name, { endpoint, cacheDir, signal: controller.signal, onProgress })
  process.stdout.write(`done ${(await model.list()).length}\n`)
} catch (error) {
  process.stdout.write(`${error.message}\n`)
  process.exitCode = 1
}
