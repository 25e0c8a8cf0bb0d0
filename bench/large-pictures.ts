/**
 * pnpm --filter @latentkit-private/bench large-pictures [--full-size [--winograd]] [side …]
 * Time and memory for square pictures of growing size, every size in a process of its own: the small model, two steps; or
 * with --full-size the architecture of the published model with random weights, one step, in at most 5 GB beside them
 * (10 GB with Winograd's convolutions). Prints a table in Markdown.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { resizeImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { type ConvolutionMethod, LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { makeFullSizeModel } from './full-size-model.ts'
import { sharedFolder } from './shared-folder.ts'

const shared = sharedFolder()
const fullSize = process.argv.includes('--full-size')
const winograd = process.argv.includes('--winograd')
const sides = process.argv.slice(2).map(Number).filter(Number.isInteger)

if (process.argv.includes('--child')) console.log(JSON.stringify(await measure(sides[0]!)))
else await compare()

async function compare(): Promise<void> {
  if (fullSize) await makeFullSizeModel(join(tmpdir(), 'latentkit-full-size'), shared, 'safetensors')
  console.log('| input | tiles | memory planned | peak memory | of it the result | time | per megapixel of input |')
  console.log('|---|---|---|---|---|---|---|')
  for (const side of sides.length > 0 ? sides : fullSize ? [512] : [256, 512, 1024, 2048]) {
    const flags = process.argv.slice(2).filter((word) => word.startsWith('--'))
    const args = ['--import', 'tsx', import.meta.filename, '--child', `${side}`, ...flags]
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
  const model = fullSize ? join(tmpdir(), 'latentkit-full-size', 'safetensors') : modelFiles
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(model), { backend })
  const convolutions: ConvolutionMethod = winograd ? 'winograd' : 'direct'
  const options = fullSize ? { steps: 1, memory: winograd ? 10e9 : 5e9, convolutions } : { steps: 2 }
  const plan = await pipeline.plan(picture, options)
  const start = performance.now()
  const { tiles } = await pipeline.upscale(picture, options)
  const seconds = (performance.now() - start) / 1000
  await backend.dispose()
  const peak = Number(readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)![1]) * 1024
  return { tiles, planned: plan.memoryBytes, peak, seconds }
}
