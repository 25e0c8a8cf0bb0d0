/**
 * node-upscale MODEL_FOLDER RESULTS PICTURE SIDE ROUNDS
 * A picture of SIDE × SIDE enlarged by the small model on the processor and on WebGPU in turn; differences are to the
 * processor's picture. PICTURE holds nothing but the samples of 128×128 pixels, of which the corner is taken.
 */
import { readFile } from 'node:fs/promises'
import { createNodeBackend, type NodeDevice, openModel } from '@latentkit/backend-node'
import { type RasterImage, rasterImage } from '@latentkit/core'
import { LDMSuperResolutionPipeline, type Precision } from '@latentkit/models-ldm'
import { report, secondsOf } from './timing.ts'

const [folder, results, path, sideText, rounds] = process.argv.slice(2) as [string, string, string, string, string]
const side = Number(sideText)
const samples = new Uint8Array(await readFile(path))
const row = (y: number) => [...samples.subarray(y * 3 * 128, (y * 128 + side) * 3)]
const picture = rasterImage(side, side, 3, Uint8Array.from(Array.from({ length: side }, (_, y) => row(y)).flat()))
const files = await openModel(folder)
const wanted = [
  ['cpu', 'float32'],
  ['webgpu', 'float32'],
  ['webgpu', 'float16'],
] as const
const backends = { cpu: createNodeBackend(), webgpu: createNodeBackend({ device: 'webgpu' }) }
const ways = await Promise.all(wanted.map(([device, precision]) => prepare(device, precision)))

for (let round = 0; round <= Number(rounds); round++) {
  for (const way of ways) if (way.error === undefined) await enlarge(way)
}
const [reference] = ways
for (const { device, precision, seconds, image, error } of ways) {
  const [first, ...warm] = seconds
  const difference = image && reference?.image && compare(image, reference.image)
  const times = { firstSeconds: first, warmSeconds: warm }
  report(results, { part: 'small model', device, way: precision, side, ...times, ...difference, error })
}
for (const backend of Object.values(backends)) await backend.dispose()

interface Way {
  readonly device: NodeDevice
  readonly precision: Precision
  readonly pipeline: LDMSuperResolutionPipeline
  readonly seconds: number[]
  image: RasterImage | undefined
  error: string | undefined
}

async function prepare(device: keyof typeof backends, precision: Precision): Promise<Way> {
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(files, { backend: backends[device] })
  return { device, precision, pipeline, seconds: [], image: undefined, error: undefined }
}

async function enlarge(way: Way): Promise<void> {
  try {
    way.seconds.push(
      await secondsOf(async () => {
        way.image = (await way.pipeline.upscale(picture, { precision: way.precision })).images[0]
      }),
    )
  } catch (error) {
    way.error = String(error)
  }
}

/** In levels of 255. */
function compare(a: RasterImage, b: RasterImage): { readonly mostLevels: number; readonly meanLevels: number } {
  const differences = Array.from(a.data, (sample, i) => Math.abs(sample - b.data[i]!))
  const sum = differences.reduce((total, levels) => total + levels, 0)
  return { mostLevels: differences.reduce((x, y) => Math.max(x, y)), meanLevels: sum / differences.length }
}
