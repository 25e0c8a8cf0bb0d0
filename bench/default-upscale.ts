/**
 * pnpm --filter @latentkit-private/bench default-upscale [rounds] [steps]
 * How long the small model's default settings take for a 128×128 picture: a whole `latentkit upscale` from start to end, and
 * an upscale by a pipeline that has its networks, the latter also with another number of steps, if one is given. All in turn,
 * with the load of the machine beside them, since others' work lengthens them; the processor time is less disturbed than the
 * time on the clock.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend, openModel, readImage, writeImage } from '@latentkit/backend-node'
import { resizeImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'

const rounds = Number(process.argv[2] ?? 7)
const otherSteps = process.argv[3] === undefined ? undefined : Number(process.argv[3])
const repository = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'latentkit-default-upscale-'))
const picture = resizeImage(
  await readImage(join(repository, 'docs/coffee-small.png')),
  { width: 128, height: 128 },
  'bicubic',
)
await writeImage(join(folder, 'small.png'), picture)
const backend = createNodeBackend()
const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
const { settings } = await pipeline.upscale(picture)

const measured = {
  command: [] as number[],
  again: [] as number[],
  processor: [] as number[],
  other: [] as number[],
  load: [] as number[],
}
for (let round = 0; round < rounds; round++) {
  measured.load.push(loadavg()[0]!)
  measured.command.push(seconds(runCommand))
  const before = process.cpuUsage()
  const start = performance.now()
  await pipeline.upscale(picture)
  measured.again.push((performance.now() - start) / 1000)
  const { user, system } = process.cpuUsage(before)
  measured.processor.push((user + system) / 1e6)
  if (otherSteps === undefined) continue
  const otherStart = performance.now()
  await pipeline.upscale(picture, { steps: otherSteps })
  measured.other.push((performance.now() - otherStart) / 1000)
}
await backend.dispose()
rmSync(folder, { recursive: true })

console.log(
  `${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}, ${settings.steps} steps, eta ${settings.eta}, back-projection ${settings.backProjection}, colour ${settings.colour}; ${rounds} rounds, load ${spread(measured.load)}\n`,
)
console.log('| 128×128 to 512×512, seconds | least | median | most |\n| --- | --- | --- | --- |')
console.log(`| \`latentkit upscale\`, start to end | ${cells(measured.command)} |`)
console.log(`| the same pipeline again | ${cells(measured.again)} |`)
console.log(`| its processor time, both cores | ${cells(measured.processor)} |`)
if (otherSteps !== undefined) console.log(`| the same pipeline with ${otherSteps} steps | ${cells(measured.other)} |`)

function runCommand(): void {
  const words = [join(repository, 'packages/cli/dist/main.js'), 'upscale', join(folder, 'small.png')]
  const { status, stderr } = spawnSync(process.execPath, [...words, '-o', join(folder, 'large.png')], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}

function seconds(work: () => void): number {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

function cells(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map((value) => value.toFixed(2)).join(' | ')
}

function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)}`
}
