/**
 * pnpm --filter @latentkit-private/bench large-pictures [--full-size [--winograd]] [--tile=64] [--back-projection=0] [side or 700x500 …]
 * Time and memory for pictures of growing size, every size in a process of its own: the small model, two steps; or
 * with --full-size the architecture of the published model with random weights, one step, in at most 5 GB beside them
 * (10 GB with Winograd's convolutions). Prints a table in Markdown.
 */
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { resizeImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { type ConvolutionMethod, LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { makeFullSizeModel } from './full-size-model.ts'
import { givenSizes, hasFlag, measureApart, memoryOf, mib, numberOf } from './measured-process.ts'
import { sharedFolder } from './shared-folder.ts'

const shared = sharedFolder()
const fullSize = hasFlag('full-size')
const winograd = hasFlag('winograd')
const sizes = givenSizes()

if (hasFlag('child')) console.log(JSON.stringify(await measure(sizes[0]!)))
else await compare()

async function compare(): Promise<void> {
  if (fullSize) await makeFullSizeModel(join(tmpdir(), 'latentkit-full-size'), shared, 'safetensors')
  console.log('| input | tiles | memory planned | taken | before | of it the result | time | per megapixel of input |')
  console.log('|---|---|---|---|---|---|---|---|')
  for (const size of sizes.length > 0 ? sizes : fullSize ? ['512'] : ['256', '512', '1024', '2048']) {
    const { width, height, tiles, planned, taken, before, seconds } = JSON.parse(
      measureApart(import.meta.filename, size),
    )
    console.log(
      `| ${width}×${height} | ${tiles} | ${mib(planned)} | ${mib(taken)} | ${mib(before)} | ${mib(width * height * 48)} | ${seconds.toFixed(1)} s | ${(seconds / ((width * height) / 1e6)).toFixed(1)} s |`,
    )
  }
}

async function measure(size: string) {
  const source = await readImage(new Uint8Array(readFileSync(join(import.meta.dirname, '../docs/coffee-small.png'))))
  const [width = 0, height = width] = size.split('x').map(Number)
  const picture = resizeImage(source, { width, height }, 'lanczos')
  const backend = createNodeBackend()
  const model = fullSize ? join(tmpdir(), 'latentkit-full-size', 'safetensors') : modelFiles
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(model), { backend })
  const convolutions: ConvolutionMethod = winograd ? 'winograd' : 'direct'
  const few = fullSize ? { steps: 1, memory: winograd ? 10e9 : 5e9, convolutions } : { steps: 2 }
  const options = { ...few, tile: numberOf('tile'), backProjection: numberOf('back-projection') }
  // What is there before: the runtime loaded, and weights.
  await pipeline.upscale(resizeImage(picture, { width: 16, height: 16 }, 'lanczos'), { ...few, tile: 16 })
  const before = memoryOf('VmRSS')
  const plan = await pipeline.plan(picture, options)
  const start = performance.now()
  const { tiles } = await pipeline.upscale(picture, options)
  const seconds = (performance.now() - start) / 1000
  await backend.dispose()
  return { width, height, tiles, planned: plan.memoryBytes, taken: memoryOf('VmHWM') - before, before, seconds }
}
