/**
 * pnpm --filter @latentkit-private/bench large-pictures [side …]
 * Time and memory of the small model for square pictures of growing size, two steps each, every size in a process of its
 * own. Prints a table in Markdown.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { resizeImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'

if (process.argv[2] === '--child') console.log(JSON.stringify(await measure(Number(process.argv[3]))))
else compare(process.argv.slice(2).map(Number))

function compare(sides: readonly number[]): void {
  console.log('| input | tiles | memory planned | peak memory | of it the result | time | per megapixel of input |')
  console.log('|---|---|---|---|---|---|---|')
  for (const side of sides.length > 0 ? sides : [128, 256, 512, 1024, 2048]) {
    const args = ['--import', 'tsx', import.meta.filename, '--child', `${side}`]
    const { tiles, planned, peak, seconds } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
    const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`
    console.log(
      `| ${side}×${side} | ${tiles} | ${mib(planned)} | ${mib(peak)} | ${mib(side ** 2 * 48)} | ${seconds.toFixed(1)} s | ${(seconds / (side ** 2 / 1e6)).toFixed(1)} s |`,
    )
  }
}

async function measure(side: number) {
  const source = await readImage(new Uint8Array(readFileSync(join(import.meta.dirname, '../docs/coffee-small.png'))))
  const picture = resizeImage(source, { width: side, height: side }, 'lanczos')
  const backend = createNodeBackend()
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
  const plan = await pipeline.plan(picture)
  const start = performance.now()
  const { tiles } = await pipeline.upscale(picture, { steps: 2 })
  const seconds = (performance.now() - start) / 1000
  await backend.dispose()
  const peak = Number(readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)![1]) * 1024
  return { tiles, planned: plan.memoryBytes, peak, seconds }
}
