import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import {
  createTorchGenerator,
  float32,
  imageToTensor,
  type RasterImage,
  resizeImage,
  type Tensor,
  tensorToImage,
} from '@latentkit/core'
import { largestDifference, relativeDifference } from '@latentkit/core/testing'
import { type NoiseSource, schedulerClasses, schedulerFromConfig } from '@latentkit/schedulers'
import { afterAll, describe, expect, test } from 'vitest'
import { hasShared, openReference, readJsonFile, sharedFolder } from '../shared-fixture.ts'
import { LDMSuperResolutionPipeline } from './ldm-super-resolution.ts'

/** One recorded run of diffusers' LDMSuperResolutionPipeline. */
interface Run {
  readonly name: string
  readonly scheduler: string
  readonly scheduler_config: Record<string, unknown>
  readonly steps: number
  readonly eta: number | null
  readonly image?: string
  /** Decides the first noise; null: the global one does. A list: one for each picture. */
  readonly generator_seed: string | readonly string[] | null
  /** Decides all later noise. */
  readonly global_seed: string
  readonly output_png: readonly string[]
  readonly latents_are: string
}

const folder = join(sharedFolder, 'fixtures/pipeline')
const there = hasShared('fixtures/pipeline/runs.json')
const runs = there ? ((await readJsonFile(join(folder, 'runs.json'))) as unknown as { runs: Run[] }).runs : []
const backend = createNodeBackend()
afterAll(() => backend.dispose())

const randn = (seed: string): NoiseSource => {
  const generator = createTorchGenerator(BigInt(seed))
  return (shape) => generator.randn(shape)
}

describe.skipIf(!there)('diffusers’ LDMSuperResolutionPipeline gives the same numbers', async () => {
  const reference = there ? await openReference(join(folder, 'io.safetensors')) : undefined

  for (const run of runs) {
    test.skipIf(!(run.scheduler in schedulerClasses))(run.name, async () => {
      const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(join(folder, 'ldm-sr-tiny')), {
        backend,
      })
      const small = run.image
        ? await referencePreprocess(await readImage(join(folder, run.image)))
        : await reference!.read(`${run.name}.image`)
      const global = randn(run.global_seed)
      const seen: Tensor<'float32'>[] = []
      const result = await pipeline.upscaleTensor(small, {
        steps: run.steps,
        eta: run.eta ?? 0,
        scheduler: schedulerFromConfig(run.scheduler_config),
        latents: firstNoise(run.generator_seed, small.shape, global),
        noise: global,
        compat: 'diffusers',
        onLatents: (_, latents) => seen.push(latents),
      })
      await pipeline.dispose()

      const recorded = await reference!.read(`${run.name}.latents`)
      const size = small.data.length
      const expectedAt = (index: number) => recorded.data.subarray(index * size, (index + 1) * size)
      const compared = run.latents_are === 'initial and every step' ? seen : [seen[0]!, seen.at(-1)!]
      expect(compared.length).toBe(recorded.shape[0]! - 1)
      for (const [index, latents] of compared.entries()) {
        expect(relativeDifference(latents.data, expectedAt(index + 1)), `latents after step ${index + 1}`).toBeLessThan(
          1e-4,
        )
      }
      for (const [index, name] of run.output_png.entries()) {
        const expected = (await readImage(join(folder, name))).data
        const actual = tensorToImage(result, { index }).data
        expect(largestDifference(actual, expected)).toBeLessThanOrEqual(1)
        expect(actual.filter((value, i) => value !== expected[i]).length / actual.length).toBeLessThanOrEqual(0.001)
      }
    })
  }
})

describe.skipIf(!there).each(['ldm-sr-tiny-hub-like', 'ldm-sr-tiny-paddle'])('the same weights in %s', (model) => {
  test('give the same picture', async () => {
    const run = runs.find(({ name }) => name === 'ddim_eta0')!
    const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(join(folder, model)), { backend })
    const small = await referencePreprocess(await readImage(join(folder, run.image!)))
    const scheduler = schedulerFromConfig(run.scheduler_config)
    const latents = randn(run.generator_seed as string)(small.shape)
    const result = tensorToImage(await pipeline.upscaleTensor(small, { steps: run.steps, eta: 0, scheduler, latents }))
    await pipeline.dispose()
    expect(
      largestDifference(result.data, (await readImage(join(folder, run.output_png[0]!))).data),
    ).toBeLessThanOrEqual(1)
  })
})

/** What the reference does to a picture first: both sides cut down to multiples of 32 by a resize. */
async function referencePreprocess(image: RasterImage): Promise<Tensor<'float32'>> {
  const size = { width: image.width - (image.width % 32), height: image.height - (image.height % 32) }
  return imageToTensor(resizeImage(image, size, 'lanczos'))
}

function firstNoise(seed: Run['generator_seed'], shape: readonly number[], global: NoiseSource): Tensor<'float32'> {
  if (seed === null) return global(shape)
  if (typeof seed === 'string') return randn(seed)(shape)
  const each = seed.map((one) => randn(one)([1, ...shape.slice(1)]).data)
  return float32(
    shape,
    each.flatMap((data) => [...data]),
  )
}
