import { join } from 'node:path'
import { createNodeBackend, openModel, readImage } from '@latentkit/backend-node'
import { rasterImage, resizeImage } from '@latentkit/core'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { LDMSuperResolutionPipeline } from '@latentkit/models-ldm'
import { afterAll, expect, test } from 'vitest'
import { measureVariants } from './measure-variants.ts'
import type { Variant } from './variants.ts'

const backend = createNodeBackend()
afterAll(() => backend.dispose())

test('a variant that goes on from the latents of another gives the picture of a run of its own', async () => {
  const pipeline = await LDMSuperResolutionPipeline.fromPretrained(await openModel(modelFiles), { backend })
  const picture = await readImage(join(import.meta.dirname, '../../docs/coffee-small.png'))
  const original = resizeImage(
    rasterImage(picture.width, picture.height, 3, picture.data),
    { width: 96, height: 64 },
    'box',
  )
  const small = resizeImage(original, { width: 24, height: 16 }, 'bicubic')
  const sampling = { steps: 3, eta: 1 }
  const variants: Variant[] = [
    { name: 'plain', sampling, finish: { colour: 'none', backProjection: 0 } },
    { name: 'projected', sampling, finish: { colour: 'wavelet', backProjection: 1 } },
  ]
  const results = await measureVariants(pipeline, small, variants)
  const images = variants.map((variant) => results.get(variant)!)
  for (const [i, { finish }] of variants.entries()) {
    const { images: own } = await pipeline.upscale(small, { ...sampling, ...finish })
    expect(images[i]).toEqual(own[0])
  }
  expect(images[0]).not.toEqual(images[1])
})
