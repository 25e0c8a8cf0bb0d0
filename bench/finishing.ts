/**
 * pnpm --filter @latentkit-private/bench finishing [--tile=64] [--back-projection=8] [--depth=16] [--alpha] [side or 2000x1500 …]
 * Time and memory of what is done with decoded tiles until the picture is there, every size in a process of its own: two steps with
 * networks that compute nothing, so that large pictures take minutes in place of hours. Prints a table in Markdown.
 */
import { createNodeBackend, openModel } from '@latentkit/backend-node'
import { type Backend, float32, rasterImage, type Session, type Tensor } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { givenSizes, hasFlag, measureApart, memoryOf, mib, numberOf } from './measured-process.ts'

const sizes = givenSizes()
if (hasFlag('child')) console.log(await measure(sizes[0]!))
else {
  console.log('| input | memory planned | taken | before | correcting | all |')
  console.log('|---|---|---|---|---|---|')
  for (const size of sizes.length > 0 ? sizes : ['1000x600', '2000x1500'])
    console.log(measureApart(import.meta.filename, size))
}

async function measure(size: string): Promise<string> {
  const [width = 0, height = width] = size.split('x').map(Number)
  const channels = hasFlag('alpha') ? 4 : 3
  const length = width * height * channels
  const samples = numberOf('depth') === 16 ? new Uint16Array(length) : new Uint8Array(length)
  for (let i = 0; i < length; i++) samples[i] = 100 + ((i * 7) % 97)
  const picture = rasterImage(width, height, channels, samples)
  const real = createNodeBackend()
  let correcting = 0
  const backend: Backend = {
    ...real,
    async createSession(source, options) {
      if (source.name !== 'Correction') return idleSession()
      const session = await real.createSession(source, options)
      const run: Session['run'] = async (...given) => {
        const start = performance.now()
        const outputs = await session.run(...given)
        correcting += performance.now() - start
        return outputs
      }
      return { ...session, run }
    },
  }
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
  const options = { tile: numberOf('tile'), backProjection: numberOf('back-projection'), steps: 2, memory: 1e13 }
  // What is there before: the runtime loaded.
  await pipeline.upscale(rasterImage(16, 16, 3, new Uint8Array(16 * 16 * 3)), options)
  const before = memoryOf('VmRSS')
  correcting = 0
  const { memoryBytes } = await pipeline.plan(picture, options)
  const start = performance.now()
  await pipeline.upscale(picture, options)
  const all = performance.now() - start
  await real.dispose()
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const taken = memoryOf('VmHWM') - before
  return `| ${width}×${height} | ${mib(memoryBytes)} | ${mib(taken)} | ${mib(before)} | ${seconds(correcting)} | ${seconds(all)} |`
}

/** In place of a network: a tile of the right size. */
function idleSession(): Session {
  const tile = (shape: readonly number[], scale: number): Tensor<'float32'> => {
    const [, , height, width] = shape as [number, number, number, number]
    const data = Float32Array.from({ length: 3 * height * width * scale ** 2 }, (_, i) => Math.sin(i) * 0.8)
    return float32([1, 3, height * scale, width * scale], data)
  }
  return {
    inputs: [],
    outputs: [],
    async run({ sample, latents }) {
      return sample ? { output: tile(sample.shape, 1) } : { sample: tile(latents!.shape, 4) }
    },
    async dispose() {},
  }
}
