/**
 * pnpm --filter @latentkit-private/bench threads [rounds] [times]
 * What it costs when the runtime takes more threads than there are processors for it, as it does in a container that may use
 * some of a machine's: an upscale with as many threads as processors, and with `times` as many, in turn.
 */
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'

const rounds = Number(process.argv[2] ?? 5)
const times = Number(process.argv[3] ?? 8)
const picture = await readImage(join(import.meta.dirname, '../docs/coffee-small.png'))
const counts = [availableParallelism(), times * availableParallelism()]
const measured = await Promise.all(
  counts.map(async (threads) => {
    const backend = createNodeBackend({ threads })
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
    await pipeline.upscale(picture)
    return { threads, backend, pipeline, seconds: [] as number[] }
  }),
)
for (let round = 0; round < rounds; round++) {
  for (const { pipeline, seconds } of measured) {
    const start = performance.now()
    await pipeline.upscale(picture)
    seconds.push((performance.now() - start) / 1000)
  }
}
for (const { backend } of measured) await backend.dispose()

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}, ${rounds} rounds\n`,
)
console.log('| threads | least, seconds | median | most | median, ratio |\n| --- | --- | --- | --- | --- |')
const medians = measured.map(({ seconds }) => seconds.toSorted((a, b) => a - b)[seconds.length >> 1]!)
for (const [i, { threads, seconds }] of measured.entries()) {
  const cells = [Math.min(...seconds), medians[i]!, Math.max(...seconds), medians[i]! / medians[0]!]
  console.log(`| ${threads} | ${cells.map((value) => value.toFixed(2)).join(' | ')} |`)
}
